"""Running comparisons: the training loop, cells and sweeps, the gradient probe, the cost of a step."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runners.from_python import compose, run_cells

__all__ = ["compose", "run_cells"]


def __getattr__(name: str) -> Any:
    # Imported on first use, so that reading records loads neither models nor Hydra.
    if name in __all__:
        from runners import from_python

        return getattr(from_python, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
