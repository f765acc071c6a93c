"""The messages of a sweep: what it will run, and a line for each cell that ends."""

from __future__ import annotations

import contextlib
import math
import statistics
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from runners.cells.ending import Ending
from runners.cells.record import SUCCESSFUL, read_record
from runners.cells.terminal import printable

WIDTH = 100
"""Width of a line, characters."""

NAME = 14
"""Limit on the width of an estimator's short label, characters."""

TASK = 20
"""Limit on the width of a task's name, characters."""

SEEN = 20
"""Cells whose time is looked at."""

PLURALS = {"estimator": "estimators", "task": "tasks", "data": "data sets", "seed": "seeds"}

Cells = Sequence[Sequence[str]]
"""The overrides of each cell."""


def plan(cells: Cells, output: Path, ended: int = 0, seconds: float | None = None) -> str:
    """``"48 cells = 8 estimators x 2 tasks x 3 seeds, about 3 minutes, into outputs/quick"``.

    Args:
        cells: all cells of the sweep.
        output: their output folder.
        ended: how many of them are already finished.
        seconds: estimated time for the others; None if unknown.
    """
    varying = {key: values for key, values in _values(cells).items() if len(values) > 1}
    numbers = [f"{len(values)} {PLURALS.get(key, f'values of {key}')}" for key, values in varying.items()]
    crossed = math.prod(map(len, varying.values())) == len(cells)
    words = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
    words += (" = " + " x ".join(numbers) if crossed else ": " + ", ".join(numbers)) if numbers else ""
    words += f", {ended} of them finished before" if ended else ""
    words += f", about {_duration(seconds)}" if seconds else ""
    return printable(f"{words}, into {below_here(output)}")


def below_here(path: Path) -> Path:
    """The path relative to the current folder, if it is inside that."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class Progress:
    """Lines about the cells of one sweep, without what all of them have in common.

    Args:
        cells: all cells of the sweep; empty if they are not known beforehand.
    """

    def __init__(self, cells: Cells) -> None:
        values = _values(cells)
        self.total = len(cells) or None
        self.varying = [key for key, different in values.items() if len(different) > 1 or not cells]
        self.task = min(TASK, max(map(len, values.get("task", [])), default=0))

    def line(self, ending: Ending, count: int, seconds_left: float | None) -> str:
        """``" 7/48   0:42 left  done      NVIL      vae_bernoulli  s0  bound 155.79"``, and below it why a cell failed.

        Names are short; the folders of unsuccessful cells are listed when the sweep is over.
        """
        total = "" if self.total is None else f"/{self.total}"
        place = f"{count:>{len(total) - 1}}{total}" if total else f"{count:>3}"
        left = "" if seconds_left is None else f"{clock(seconds_left)} left"
        head = f"{place}  {left:>12}  {ending.status:<9}"
        tail = f"({ending.note})" if ending.note else _score(ending)
        room = WIDTH - len(head) - len(tail) - 4
        lines = [f"{head}  {_cut(self._names(ending), room)}  {tail}".rstrip()]
        if ending.reason:
            lines.append(_cut(f"{'':{len(head)}}  {ending.reason}", WIDTH))
        return "\n".join(map(printable, lines))

    def _names(self, ending: Ending) -> str:
        estimator, task, data, seed = _parts(ending)
        name = read_record(Path(ending.folder)).get("short_label") or estimator
        words = [f"{_cut(name, NAME):<{NAME}}", f"{_cut(task, TASK):<{self.task}}"]
        words += [data] if "data" in self.varying else []
        words += [seed.replace("seed=", "s")] if "seed" in self.varying else []
        values = _values([ending.overrides])
        settings = [key for key in self.varying if key not in PLURALS and key in values]
        return "  ".join([*words, *(f"{key.rpartition('.')[2]}={next(iter(values[key]))}" for key in settings)])


def finished(lines: Sequence[Ending], cells: Cells) -> int:
    """How many of the cells have ended successfully, according to a log."""
    known = {frozenset(ending.overrides) for ending in lines if ending.status in SUCCESSFUL}
    return len(known & set(map(frozenset, cells)))


def seconds_of(lines: Sequence[Ending]) -> float | None:
    """The median time of the last cells that were run to their end; None if there are none."""
    times = list[float]()
    for ending in [line for line in lines if line.status == "done" and line.note is None][-SEEN:]:
        record = read_record(Path(ending.folder))
        with contextlib.suppress(ValueError, TypeError):
            began, ended = (datetime.fromisoformat(str(record.get(name))) for name in ("started", "finished"))
            times.append((ended - began).total_seconds())
    return statistics.median(times) if times else None


def _parts(ending: Ending) -> list[str]:
    """Names of estimator, task and data, and the seed; all in the first, if one of the names has spaces."""
    parts = ending.parts.split(" ")
    return parts if len(parts) == 4 else [ending.parts, "", "", ""]


def _values(cells: Cells) -> dict[str, set[str]]:
    """All values in the overrides of the cells, by key, with the keys of :data:`PLURALS` first."""
    values: dict[str, set[str]] = {}
    for override in (override for cell in cells for override in cell):
        key, _, value = override.lstrip("+~").partition("=")
        values.setdefault(key, set()).add(value)
    return {key: values[key] for key in [*(key for key in PLURALS if key in values), *values]}


def _score(ending: Ending) -> str:
    """The main score of a cell."""
    if not ending.scores:
        return ""
    name = min(ending.scores, key=lambda name: not name.endswith("negative_bound"))
    return f"{name.replace('negative_', '').replace('_', ' ')} {ending.scores[name]:#.5g}"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(0, room - 2)] + ".."


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1.5:
        return "a minute"
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
