"""What has been computed of a cell's final scores, kept so that a process goes on where the one before died."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict

from torch import Tensor

from runners.cells import checkpoint
from runners.cells.progress import log
from runners.config.kinds import fits
from runners.steps.seeds import generator_states, set_generator_states

FILE = "scores.pt"
"""In the cell's folder while it is scored, in the format of checkpoints."""

KEEP_EVERY = 5.0
"""Seconds after which a bound is kept again."""


class Scoring(NamedTuple):
    """What is scored: a split, with so many samples of each of its examples."""

    split: Literal["valid", "test"]
    samples: int

    def __str__(self) -> str:
        return f"{self.split} {self.samples}"


class Begun(TypedDict):
    """How far a bound has come: which, how many parts of the data, their sums, and the generators as they were then."""

    of: str
    parts: int
    sums: list[float]
    generators: dict[str, Tensor]


class Kept:
    """The scores that are known of a model, and how far the next ones have come.

    Args:
        path: of the file. One that is damaged or of another model is named in the log and set aside.
        model: what it is, of plain containers.
        device: that it is scored on.
    """

    def __init__(self, path: Path, model: Mapping[str, Any], device: str) -> None:
        self.path, self.model, self.device = path, dict(model), device
        self.known: dict[str, dict[str, float]] = {}
        self.begun: Begun | None = None
        try:
            state = checkpoint.load(path)
            if state.get("model") != self.model:
                raise checkpoint.Unfit(f"{path}: it is of another run")
            if not fits(state["known"], dict[str, dict[str, float]]) or not fits(state["begun"], Begun | None):
                raise checkpoint.Unfit(f"{path}: it does not fit this run")
        except FileNotFoundError:
            return
        except checkpoint.Unfit as reason:
            checkpoint.set_aside(path, str(reason))
            return
        self.known, self.begun = state["known"], state["begun"]

    def add(self, scoring: Scoring, scores: dict[str, float]) -> None:
        self.known[str(scoring)], self.begun = scores, None
        self.write()

    def sums(self, scoring: Scoring) -> Sums:
        return Sums(self, scoring)

    def write(self) -> None:
        checkpoint.write(self.path, {"model": self.model, "known": self.known, "begun": self.begun})

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


class Sums:
    """Those of a bound, as :class:`tasks.bounds.Sums` in what is kept of a model."""

    def __init__(self, kept: Kept, scoring: Scoring) -> None:
        self.kept, self.scoring = kept, scoring
        self.next = time.monotonic() + KEEP_EVERY

    def take_up(self) -> tuple[int, list[float]] | None:
        begun, here = self.kept.begun, generator_states(self.kept.device)
        if begun is None or begun["of"] != str(self.scoring) or not _alike(begun["generators"], here):
            return None
        set_generator_states(begun["generators"], self.kept.device)
        log.info("continuing the %s bound after %d parts of the data", self.scoring.split, begun["parts"])
        return begun["parts"], begun["sums"]

    def keep(self, parts: int, sums: Tensor) -> None:
        if time.monotonic() >= self.next:
            states = generator_states(self.kept.device)
            self.kept.begun = {"of": str(self.scoring), "parts": parts, "sums": sums.tolist(), "generators": states}
            self.kept.write()
            self.next = time.monotonic() + KEEP_EVERY


def _alike(states: Mapping[str, Tensor], here: Mapping[str, Tensor]) -> bool:
    """Whether they are of generators on the same kind of device."""
    return {name: state.shape for name, state in states.items()} == {name: state.shape for name, state in here.items()}
