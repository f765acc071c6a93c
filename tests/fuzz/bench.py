"""Finished cells, of which attempts use copies."""

from __future__ import annotations

import shutil
from pathlib import Path

from omegaconf import DictConfig

import runners.scaling
from runners.cells.execution import run_cell
from runners.from_python import compose
from runners.replicas.execution import run_side_by_side

SMALL = ["data._target_=tests.conftest.stripes", "task.latent.n=3", "runner.steps=6", "runner.evaluate_every=3"]
SMALL += ["runner.checkpoint_every=2", "runner.batch_size=10", "runner.bound_samples=2", "runner.valid_samples=2"]

PROBE = ["data._target_=tests.conftest.stripes", "task.latent.n=3", "runner=probe", "runner.images=2"]
PROBE += ["runner.draws=20", "runner.stages=[0]", "runner.adaptation_steps=1"]

SCALING = [
    "data._target_=tests.conftest.stripes",
    "runner=scaling",
    "runner.values=[1,2]",
    "runner.along=task.latent.n",
]


class Bench:
    """Folders of finished cells, of which attempts use copies.

    ``done`` has two trained cells, ``group`` two that were trained as one program, ``measured`` cells of each runner.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for seed in (0, 1):
            run_cell(self._config("done", *SMALL, f"seed={seed}"), [])
        run_side_by_side([(self._config("group", *SMALL, f"seed={seed}"), []) for seed in (0, 1)])
        cost = {"outcome": "measured", "milliseconds": 1.5, "peak_mb": 3.0, "steps": 4}
        runners.scaling.step_cost = lambda *_, **__: cost  # type: ignore[assignment]
        for options in (SMALL, PROBE, SCALING):
            run_cell(self._config("measured", *options), [])

    def _config(self, name: str, *overrides: str) -> DictConfig:
        return compose(*overrides, "estimator=nvil", f"output={self.folder / name}")

    def copy(self, place: Path, name: str = "done") -> list[Path]:
        """Copies the cells; returns their folders."""
        shutil.copytree(self.folder / name, place)
        return sorted(path.parent for path in place.glob("*/meta.json"))
