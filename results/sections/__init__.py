"""One file for each kind of result: its frame, its table and what they say."""
