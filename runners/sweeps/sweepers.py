"""Makes this package's sweepers known to Hydra."""

from __future__ import annotations

from hydra.core.plugins import Plugins

from runners.sweeps.confirmation import ConfirmationSweeper
from runners.sweeps.grids import GridSweeper
from runners.sweeps.halving import HalvingSweeper


def register_sweepers() -> None:
    """Lets ``hydra/sweeper=grids``, ``halving`` and ``confirm`` name classes. Hydra takes only names that begin with
    ``hydra_plugins.``."""
    for sweeper in (GridSweeper, HalvingSweeper, ConfirmationSweeper):
        Plugins.instance().class_name_to_class[f"hydra_plugins.gumbel_bench.{sweeper.__name__}"] = sweeper
