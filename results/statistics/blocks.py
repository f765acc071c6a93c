"""The largest block of methods and seeds, or of methods and problems, in which everything has been measured."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set
from typing import TypeVar

Row = TypeVar("Row", bound=Hashable)
Column = TypeVar("Column", bound=Hashable)

MANY = 10_000
"""The search stops after this many intersections; only dozens of rows with different gaps have as many."""


def largest_block(known: Mapping[Row, Set[Column]]) -> tuple[list[Row], set[Column]]:
    """Rows and the columns that all of them have: methods and their common seeds, or their common problems.

    Of all such blocks, this is the one with the most paired differences, (rows - 1) x columns; of equal ones, the one
    with more rows. So a method that has just begun does not remove the seeds of all others from the comparison, and a
    single missing seed does not exclude a method when few are compared.

    Args:
        known: the columns that each row has; a row without any is in no block.

    Returns:
        The rows in the order given, and the columns.
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
    """All nonempty intersections of some of the sets, in a fixed order; few, since most rows have the same columns."""
    intersections: set[frozenset[Column]] = set()
    for columns in sets:
        if len(intersections) > MANY:
            break
        intersections |= {columns, *(columns & other for other in intersections)}
    return sorted(filter(None, intersections), key=lambda columns: (-len(columns), sorted(map(str, columns))))
