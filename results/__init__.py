"""How a comparison is read: cells as data frames, tables and figures."""
