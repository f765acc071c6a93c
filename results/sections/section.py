"""What a section of a report is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from results.writing.frames import Data
from results.writing.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Section:
    """One kind of result: what a report writes of it, shows on its page and prints.

    Attributes:
        name: of its files, ``NAME.md``.
        title: on the page.
        tables: one below the other.
        figures: by the name of their files; an iterator draws each as it is written.
        data: by the name of their files.
        article: the table as an article has it; with one there are ``NAME.tex`` and ``NAME.html`` too.
        printed: whether the terminal shows the tables.
    """

    name: str
    title: str
    tables: Sequence[Table] = ()
    figures: Iterable[tuple[str, Figure]] = ()
    data: Mapping[str, Data] = field(default_factory=dict)
    article: Table | None = None
    printed: bool = False

    @property
    def shown(self) -> list[Table]:
        """The tables without a description or notes that the next one repeats."""
        pairs = zip_longest(self.tables, self.tables[1:])
        return [table if after is None else _without_repeated(table, after) for table, after in pairs]


def _without_repeated(table: Table, after: Table) -> Table:
    if table.description != after.description:
        return table
    return replace(table, description="", notes=() if list(table.notes) == list(after.notes) else table.notes)
