"""The statuses of cells, and which of them count against a method."""

from __future__ import annotations

from collections.abc import Iterable

DONE = "done"

LOST = ("diverged", "failed", "crashed", "timeout")
"""Count against a method: the seed was asked for, it is over, and it has no score. One that is interrupted,
running, missing or unreadable may still have one."""

UNREADABLE = "unreadable"
"""There is a record, which is none that this package writes; the same command makes it anew."""

SKIPPED = "skipped"
"""The method does not apply to the problem, so it has no place there."""

SUPERSEDED = "superseded"
"""Another cell counts in its place, of a newer version of the code."""

LETTERS = {
    DONE: "#",
    "diverged": "D",
    "failed": "F",
    "crashed": "C",
    "timeout": "T",
    SKIPPED: "-",
    "interrupted": "i",
    "running": "r",
    "missing": ".",
    UNREADABLE: "?",
    SUPERSEDED: "s",
}
"""What stands for a cell in a matrix, in the order in which statuses are counted. "missing" is a cell that a sweep
asked for and that has no folder."""


def counts(statuses: Iterable[str]) -> str:
    """``"4/6 done, 1 diverged, 1 missing"``."""
    found = list(statuses)
    return ", ".join([f"{found.count(DONE)}/{len(found)} done", *_others(found)])


def without_scores(statuses: Iterable[str]) -> str:
    """The same of cells of which none is done: ``"1 diverged, 1 missing"``."""
    return ", ".join(_others(list(statuses)))


def _others(found: list[str]) -> list[str]:
    order = dict.fromkeys([*LETTERS, *sorted(set(found))])
    return [f"{found.count(status)} {status}" for status in order if status in found and status != DONE]
