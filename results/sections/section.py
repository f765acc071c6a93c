"""Sections of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import pandas as pd

from results.writing.frames import Data
from results.writing.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Section:
    """One kind of result: the files that a report writes for it, its part of the page, and what is printed.

    Attributes:
        name: base name of its files, as in ``NAME.md``.
        title: heading on the page.
        tables: in order, one below the other.
        figures: file name and figure; with an iterator, each figure is drawn just before it is written.
        data: data frames by file name.
        article: the table in the form an article needs; if given, ``NAME.tex`` and ``NAME.html`` are written too.
        printed: whether the tables are printed in the terminal.
        found: sentences for the summary at the top of the page.
    """

    name: str
    title: str
    tables: Sequence[Table] = ()
    figures: Iterable[tuple[str, Figure]] = ()
    data: Mapping[str, Data] = field(default_factory=dict)
    article: Table | None = None
    printed: bool = False
    found: Sequence[str] = ()

    @classmethod
    def of_notes(cls, name: str, title: str, notes: Sequence[str]) -> Section | None:
        """A section about files that could not be read, without results; None if there are no notes."""
        return cls(name, title, [Table(pd.DataFrame({"unreadable": notes}))], printed=True) if notes else None

    @property
    def shown(self) -> list[Table]:
        """The tables, each without the description and notes that the next table repeats."""
        pairs = zip_longest(self.tables, self.tables[1:])
        return [table if after is None else _without_repeated(table, after) for table, after in pairs]


def _without_repeated(table: Table, after: Table) -> Table:
    if table.description != after.description:
        return table
    return replace(table, description="", notes=() if list(table.notes) == list(after.notes) else table.notes)
