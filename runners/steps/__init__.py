"""The training step, what it is assembled from, and the loop that makes many of them."""
