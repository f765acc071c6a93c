"""Functions that return matplotlib figures; draw.py saves them."""
