"""What a folder of cells holds, in the words that every table and figure uses."""
