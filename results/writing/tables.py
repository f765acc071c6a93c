"""Tables: a data frame, with descriptions of its columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from results.writing.columns import Column, Columns

NONE = "–"  # noqa: RUF001 - a dash for no value

MOST_NOTES = 20
"""Maximum number of notes of a table in the terminal and on the page."""


class Marked(NamedTuple):
    """A formatted number, the text after it, the number itself, and whether it is highlighted as best."""

    text: str
    rest: str = ""
    number: float | None = None
    best: bool = False


@dataclass(frozen=True)
class Table:
    """A data frame to be shown as a table, with a description and notes.

    The columns ``mean_low`` and ``mean_high`` of an interval are shown after their ``mean``. The column ``mark`` is not
    shown; if it is not empty, the entries of columns with :attr:`Column.marked` are highlighted.

    Attributes:
        frame: of texts, numbers and :class:`Marked`.
        columns: how its columns are shown; columns not listed have their name as heading.
        title: empty if the table is the only one.
        description: what the entries are; ``{best}`` is replaced by the way a format highlights entries.
        notes: one sentence each.
    """

    frame: pd.DataFrame
    columns: Columns = field(default_factory=dict)
    title: str = ""
    description: str = ""
    notes: Sequence[str] = ()

    @property
    def headings(self) -> list[tuple[str, ...]]:
        return [self._column(name).heading or (name.replace("_", " "),) for name in self._entries]

    @property
    def rows(self) -> list[list[str | Marked]]:
        return [list(row) for row in zip(*self._entries.values(), strict=True)]

    def caption(self, best: str) -> str:
        return self.description.replace("{best}", best)

    def _column(self, name: str) -> Column:
        return self.columns.get(name, Column())

    @cached_property
    def _entries(self) -> dict[str, list[str | Marked]]:
        """The entries of every column shown, by column name."""
        frame = self.frame.rename(columns=str)
        limits = {f"{name}_{end}" for name in frame for end in ("low", "high") if f"{name}_low" in frame}
        names = [str(name) for name in frame if name not in limits and name != "mark"]
        records: list[dict[Any, Any]] = frame.to_dict("records")
        return {name: [_entry(row, name, self._column(name)) for row in records] for name in names}


def _entry(row: Mapping[str, Any], name: str, column: Column) -> str | Marked:
    value = row[name]
    if isinstance(value, Marked):
        return value
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float) or column.type == "string":
        return str(value)
    decimals = column.decimals
    if decimals is None and column.type != "integer" and not isinstance(value, int):
        return Marked(f"{value:.4g}", number=float(value))
    decimals = decimals or 0
    low, high = (row.get(f"{name}_{end}") for end in ("low", "high"))
    rest = "" if low is None or pd.isna(low) else f"[{in_digits(low, decimals)}, {in_digits(high, decimals)}]"
    return Marked(in_digits(value, decimals), rest, float(value), column.marked and bool(row.get("mark")))


def limited(notes: Sequence[str]) -> list[str]:
    """At most :data:`MOST_NOTES` notes, the last of which says how many are left out."""
    if len(notes) <= MOST_NOTES:
        return list(notes)
    return [*notes[: MOST_NOTES - 1], f"and {len(notes) - MOST_NOTES + 1:,} more notes, which are in the .md file"]


def filled(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame without the columns that are empty in every row."""
    return frame.loc[:, [not (frame[name].isna() | (frame[name].astype(str) == "")).all() for name in frame]]


def in_digits(value: float | None, decimals: int) -> str:
    """The number with a thousands separator; a dash for no value, and "lost" for infinity."""
    if value is None or math.isnan(value):
        return NONE
    return f"{round(value, decimals) + 0.0:,.{decimals}f}" if math.isfinite(value) else "lost"


def speed_in_words(steps_per_second: float) -> str:
    if math.isnan(steps_per_second):
        return NONE
    return f"{steps_per_second:.0f}" if steps_per_second >= 10 else f"{steps_per_second:.2g}"
