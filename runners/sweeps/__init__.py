"""Sweeps: the cells of one command, progress and outcome, and searches for settings."""
