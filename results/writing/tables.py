"""A table: a data frame, and what its columns are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from results.writing.columns import Column, Columns

NONE = "–"  # noqa: RUF001 - a dash for no value


class Marked(NamedTuple):
    """A number in words, what stands behind it, and whether it is set off."""

    text: str
    rest: str = ""
    number: float | None = None
    best: bool = False


@dataclass(frozen=True)
class Table:
    """Entries under headings, with a note for each thing that a reader must know.

    An interval, as ``mean_low`` and ``mean_high``, stands behind its ``mean``; ``mark`` sets off what
    :attr:`Column.marked` says.

    Attributes:
        frame: of words, numbers and :class:`Marked`.
        columns: how its columns are shown; those that are not named here, by their name and their values.
        title: empty where the table stands alone.
        description: what the entries are; it says ``{best}`` where a format tells how it sets off an entry.
        notes: a sentence each.
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
        """The entries of every column that is shown, by its name."""
        frame = self.frame.rename(columns=str)
        behind = {f"{name}_{end}" for name in frame for end in ("low", "high") if f"{name}_low" in frame}
        names = [str(name) for name in frame if name not in behind and name != "mark"]
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


def filled(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame without the columns that have no value in any row."""
    return frame.loc[:, [not (frame[name].isna() | (frame[name].astype(str) == "")).all() for name in frame]]


def in_digits(value: float | None, decimals: int) -> str:
    """With thousands set apart; a dash where there is no value, and "lost" for infinity."""
    if value is None or math.isnan(value):
        return NONE
    return f"{round(value, decimals) + 0.0:,.{decimals}f}" if math.isfinite(value) else "lost"


def speed_in_words(steps_per_second: float) -> str:
    if math.isnan(steps_per_second):
        return NONE
    return f"{steps_per_second:.0f}" if steps_per_second >= 10 else f"{steps_per_second:.2g}"
