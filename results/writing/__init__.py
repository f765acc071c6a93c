"""Writing tables and data frames to files."""
