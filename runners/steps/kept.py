"""The final scores of a cell computed so far, kept on disk so that scoring resumes where it was interrupted."""

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
"""File in the cell's folder while it is scored, in the format of checkpoints."""

KEEP_EVERY = 5.0
"""Seconds between writes of an unfinished bound."""


class Scoring(NamedTuple):
    """A split to score, and the number of samples per example."""

    split: Literal["valid", "test"]
    samples: int

    def __str__(self) -> str:
        return f"{self.split} {self.samples}"


class Begun(TypedDict):
    """An unfinished bound: which one, the number of parts of the data done, their sums, and the generators' states."""

    of: str
    parts: int
    sums: list[float]
    generators: dict[str, Tensor]


class Kept:
    """The finished scores of a model, and the unfinished one.

    Args:
        path: path of the file. A file that is damaged or belongs to another model is set aside, with a line in the log.
        model: identifies the model, in plain containers.
        device: device on which the model is scored.
    """

    def __init__(self, path: Path, model: Mapping[str, Any], device: str) -> None:
        self.path, self.model, self.device = path, dict(model), device
        self.known: dict[str, dict[str, float]] = {}
        self.begun: Begun | None = None
        try:
            state = checkpoint.load(path)
            if state.get("model") != self.model:
                raise checkpoint.Unfit(f"{path}: it belongs to another run")
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
        checkpoint.save(self.path, {"model": self.model, "known": self.known, "begun": self.begun}, keep=False)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


class Sums:
    """The sums of an unfinished bound, as a :class:`tasks.bounds.Sums` that is stored in :class:`Kept`."""

    def __init__(self, kept: Kept, scoring: Scoring) -> None:
        self.kept, self.scoring = kept, scoring
        self.next = time.monotonic() + KEEP_EVERY

    def take_up(self) -> tuple[int, list[float]] | None:
        begun, here = self.kept.begun, generator_states(self.kept.device)
        if begun is None or begun["of"] != str(self.scoring) or not _alike(begun["generators"], here):
            return None
        set_generator_states(begun["generators"], self.kept.device)
        log.info("resuming the %s bound after %d parts of the data", self.scoring.split, begun["parts"])
        return begun["parts"], begun["sums"]

    def keep(self, parts: int, sums: Tensor) -> None:
        if time.monotonic() >= self.next:
            states = generator_states(self.kept.device)
            self.kept.begun = {"of": str(self.scoring), "parts": parts, "sums": sums.tolist(), "generators": states}
            self.kept.write()
            self.next = time.monotonic() + KEEP_EVERY


def _alike(states: Mapping[str, Tensor], here: Mapping[str, Tensor]) -> bool:
    """Whether two sets of states belong to generators on the same kinds of devices."""
    return {name: state.shape for name, state in states.items()} == {name: state.shape for name, state in here.items()}
