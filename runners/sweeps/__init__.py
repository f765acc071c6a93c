"""Many cells from one command: which they are, what a sweep reports, and searches for settings."""
