"""An interactive page about the Gumbel-Softmax distribution and the gradients of the estimators."""

from results.explorer.explorer import explorer_data, write_explorer

__all__ = ["explorer_data", "write_explorer"]
