"""The base of sweepers that choose settings: writes an experiment with the chosen settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runners.cells.files import write_atomically
from runners.sweeps.candidates import Candidate, configuration
from runners.sweeps.grids import GridSweeper


class ChoosingSweeper(GridSweeper):
    """A sweeper over grids that chooses settings and writes them as an experiment."""

    @property
    def experiment(self) -> str | None:
        """Name of the sweep's experiment."""
        assert self.config is not None
        name: str | None = self.config.hydra.runtime.choices.get("experiment")
        return name

    def write_experiment(
        self, kind: str, folder: Path, chosen: Sequence[Candidate], runner: Mapping[str, Any]
    ) -> tuple[Path, str]:
        """Writes an experiment of chosen settings; returns its file and the command that runs it.

        Args:
            kind: suffix to the name of the sweep's experiment.
            folder: the folder in which to write ``conf/experiment/``.
            chosen: one candidate for each estimator and problem.
            runner: options of the runner that differ from the sweep's experiment.
        """
        name = f"{self.experiment}_{kind}".replace("/", "_") if self.experiment else kind
        path = folder / "conf" / "experiment" / f"{name}.yaml"
        command = f"python -m runners.run experiment={name} --config-dir {folder / 'conf'}"
        heading = f"# @package _global_\n# {command}\n# Settings chosen by validation score, see {folder}.\n"
        settings = configuration(chosen, self.experiment, self.params, f"outputs/{name}", runner)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, heading + settings)
        return path, command
