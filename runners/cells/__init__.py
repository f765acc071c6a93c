"""A configuration as a cell on disk: its identity, its folder and record, and its execution, however it ends."""
