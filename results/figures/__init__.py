"""Figures: each returns a matplotlib figure, and draw.py saves them."""
