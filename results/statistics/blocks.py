"""What can be compared when not everything has been measured everywhere."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set
from typing import TypeVar

Row = TypeVar("Row", bound=Hashable)
Column = TypeVar("Column", bound=Hashable)

MANY = 10_000
"""Intersections after which no more are looked for; only dozens of rows with unlike gaps have as many."""


def largest_block(known: Mapping[Row, Set[Column]]) -> tuple[list[Row], set[Column]]:
    """Rows that all have the same columns, and those columns: methods and their common seeds, or common problems.

    Of all such blocks it is the one with the most paired differences, (rows - 1) x columns; of equal ones that with
    more rows. So a method that has only begun does not take the seeds of all others out of the comparison, and neither
    does one missing seed of one method put that method out where only few are compared.

    Args:
        known: the columns that each row has; a row without any is in no block.

    Returns:
        the rows in the order given, and the columns.
    """
    sets = list({frozenset(columns) for columns in known.values() if columns})
    best: tuple[int, int, int] = (-1, -1, -1)
    common: frozenset[Column] = frozenset()
    for candidate in _intersections(sets):
        rows = sum(candidate <= columns for columns in known.values())
        size = ((rows - 1) * len(candidate), rows, len(candidate))
        if size > best:
            best, common = size, candidate
    return [row for row, columns in known.items() if common and common <= columns], set(common)


def _intersections(sets: list[frozenset[Column]]) -> list[frozenset[Column]]:
    """Everything that some of the sets have in common, in a fixed order; few, since most rows have the same columns."""
    found: set[frozenset[Column]] = set()
    for one in sets:
        if len(found) > MANY:
            break
        found |= {one, *(one & other for other in found)}
    return sorted((each for each in found if each), key=lambda each: (-len(each), sorted(map(str, each))))
