"""How tables and frames become files."""
