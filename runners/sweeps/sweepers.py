"""Registers this package's sweepers with Hydra."""

from __future__ import annotations

from hydra.core.plugins import Plugins

from runners.sweeps.confirmation import ConfirmationSweeper
from runners.sweeps.grids import GridSweeper
from runners.sweeps.halving import HalvingSweeper


def register_sweepers() -> None:
    """Registers the classes of ``hydra/sweeper=grids``, ``halving`` and ``confirm``, whose names must begin with
    ``hydra_plugins.``."""
    for sweeper in (GridSweeper, HalvingSweeper, ConfirmationSweeper):
        Plugins.instance().class_name_to_class[f"hydra_plugins.gumbel_bench.{sweeper.__name__}"] = sweeper
