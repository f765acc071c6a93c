"""The base of sweepers that choose settings: writes an experiment with the chosen settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from hydra.errors import HydraException

from runners.cells.files import write_atomically
from runners.sweeps.candidates import Candidate, by_pair, candidates_of, configuration
from runners.sweeps.grids import GridSweeper
from runners.sweeps.tally import current


class ChoosingSweeper(GridSweeper):
    """A sweeper over grids that chooses settings and writes them as an experiment."""

    name: ClassVar[str]
    """Its name in ``conf/hydra/sweeper``."""

    @property
    def experiment(self) -> str | None:
        """Name of the sweep's experiment."""
        assert self.config is not None
        name: str | None = self.config.hydra.runtime.choices.get("experiment")
        return name

    def pairs(self, arguments: Sequence[str]) -> list[list[Candidate]]:
        """The candidates of each estimator on each problem, given the overrides of the command line.

        Raises:
            HydraException: the runner has no validation scores, or the grids have a mistake.
        """
        assert self.config is not None
        if "test" not in self.config.runner:
            raise HydraException(f"hydra/sweeper={self.name}: only runner=train has validation scores to choose by")
        if (tally := current()) is not None:
            tally.expect([])
        return by_pair(candidates_of(self.cells(arguments)), lambda candidate: candidate.pair)

    def require_counts(self, **least: int) -> None:
        """
        Raises:
            HydraException: an option is not an integer, or less than the number given for it.
        """
        for name, fewest in least.items():
            value = getattr(self, name)
            if not isinstance(value, int) or value < fewest:
                raise HydraException(f"hydra.sweeper.{name}={value}: an integer of at least {fewest} is needed")

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
