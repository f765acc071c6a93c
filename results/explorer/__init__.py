"""The Gumbel-Softmax distribution and the gradients of the estimators, as an interactive page."""

from results.explorer.explorer import explorer_data, write_explorer

__all__ = ["explorer_data", "write_explorer"]
