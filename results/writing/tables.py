"""Tables of words under headings, whatever format they are written in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

NONE = "–"  # noqa: RUF001 - a dash for no value


class Marked(NamedTuple):
    """A number in words, what stands behind it, and whether it is set off."""

    text: str
    rest: str = ""
    number: float | None = None
    best: bool = False


@dataclass(frozen=True)
class Table:
    """Entries under headings of one or more lines, with a note for each thing that a reader must know.

    The description says ``{best}`` where a format tells how it sets off an entry.
    """

    headings: Sequence[tuple[str, ...]]
    rows: Sequence[Sequence[str | Marked]]
    notes: Sequence[str] = ()
    description: str = ""
    title: str = ""

    def caption(self, best: str) -> str:
        return self.description.format(best=best)


@dataclass(frozen=True)
class Columns:
    """How the columns of a data frame are shown.

    Attributes:
        decimals: of the columns of numbers; the others are text.
        hidden: columns that stand in the file only.
        best: the column with the values that is set off where ``mark`` is not empty.
    """

    decimals: Mapping[str, int]
    hidden: Sequence[str] = ()
    best: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)


def of_frame(frame: pd.DataFrame, columns: Columns, title: str, description: str, notes: Sequence[str] = ()) -> Table:
    """The frame as a table. An interval, as ``mean_low`` and ``mean_high``, stands behind its ``mean``.

    Columns without any value are left out.
    """
    names = [str(name) for name in frame if str(name) not in columns.hidden and not frame[name].isna().all()]
    inside = {f"{name}_{end}" for name in map(str, frame) for end in ("low", "high") if f"{name}_low" in frame}
    shown = [name for name in names if name not in inside and not (frame[name].astype(str) == "").all()]
    records = frame.to_dict("records")
    rows = [[_entry({str(k): v for k, v in row.items()}, name, columns) for name in shown] for row in records]
    headings = [(columns.headings.get(name, name.replace("_", " ")),) for name in shown]
    return Table(headings, rows, notes, description, title)


def _entry(row: Mapping[str, object], name: str, columns: Columns) -> str | Marked:
    value, decimals = row[name], columns.decimals.get(name)
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    if decimals is None or not isinstance(value, int | float):
        return str(value)
    rest = ""
    if f"{name}_low" in row and not pd.isna(row[f"{name}_low"]):  # type: ignore[call-overload]
        rest = f"[{in_digits(row[f'{name}_low'], decimals)}, {in_digits(row[f'{name}_high'], decimals)}]"
    best = name == columns.best and bool(row.get("mark"))
    return Marked(in_digits(value, decimals), rest, float(value), best)


def in_digits(value: object, decimals: int) -> str:
    """With thousands set apart; a dash where there is no value, and "lost" for infinity."""
    assert isinstance(value, int | float)
    if math.isnan(value):
        return NONE
    return f"{round(value, decimals) + 0.0:,.{decimals}f}" if math.isfinite(value) else "lost"
