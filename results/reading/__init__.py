"""Reading a folder of cells: data frames, and the names that every table and figure uses."""
