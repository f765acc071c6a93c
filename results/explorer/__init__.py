"""The Gumbel-Softmax distribution and the gradients of the estimators, as a page to play with."""

from results.explorer.explorer import explorer_data, write_explorer

__all__ = ["explorer_data", "write_explorer"]
