"""The statuses of cells, and those that count against a method."""

from __future__ import annotations

from collections.abc import Iterable

DONE = "done"

LOST = ("diverged", "failed", "crashed", "timeout")
"""These count against a method: the cell has ended without a score. A cell that is interrupted, running, missing or
unreadable may still get one."""

UNREADABLE = "unreadable"
"""The record is not one that this package writes; the same command runs the cell again."""

SKIPPED = "skipped"
"""The method does not apply to the problem."""

SUPERSEDED = "superseded"
"""Another cell counts instead: of a newer version of the code, or with the same configuration and seed."""

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
"""The letter of a cell in a matrix, in the order in which statuses are counted. "missing" is a cell that a sweep
needs and that has no folder yet."""


def counts(statuses: Iterable[str]) -> str:
    """``"4/6 done, 1 diverged, 1 missing"``."""
    every = list(statuses)
    return ", ".join([f"{every.count(DONE)}/{len(every)} done", *_others(every)])


def without_scores(statuses: Iterable[str]) -> str:
    """The counts of all statuses but done: ``"1 diverged, 1 missing"``."""
    return ", ".join(_others(list(statuses)))


def _others(statuses: list[str]) -> list[str]:
    order = dict.fromkeys([*LETTERS, *sorted(set(statuses))])
    return [f"{statuses.count(status)} {status}" for status in order if status in statuses and status != DONE]
