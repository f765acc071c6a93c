"""A configuration as a cell on disk: its identity, its folder and record, and how it is run to whatever end it has."""
