"""Tables as the page shows them: words under headings, some of them set off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from results.formats import score_in_words
from results.table import Score, Table


class Entry(NamedTuple):
    """One place of a table: its text, the number it is sorted by (None for text), and whether it is set off."""

    text: str
    number: float | None = None
    best: bool = False


@dataclass(frozen=True)
class PageTable:
    """A table with a title and with notes below it."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Entry]]
    notes: Sequence[str] = field(default_factory=tuple)


def of_comparison(title: str, table: Table) -> PageTable:
    """The comparison table, its caption as the first note."""
    rows = [[_of_score(entry) if isinstance(entry, Score) else Entry(entry) for entry in row] for row in table.rows]
    headings = [" ".join(heading) for heading in table.headings]
    return PageTable(title, headings, rows, [table.caption("bold"), *table.notes])


def _of_score(score: Score) -> Entry:
    number = score.mean if score.done else None
    return Entry(score_in_words(score), number, score.best)


def of_frame(title: str, frame: pd.DataFrame, decimals: Mapping[str, int], notes: Sequence[str] = ()) -> PageTable:
    """A data frame, with the decimals of its columns of numbers; the others are text.

    A column with an interval, ``mean`` beside ``mean_low`` and ``mean_high``, has it in brackets behind its values.
    """
    with_interval = {str(name) for name in frame if {f"{name}_low", f"{name}_high"} <= set(map(str, frame))}
    inside = {f"{name}_{end}" for name in with_interval for end in ("low", "high")}
    shown = [name for name in map(str, frame) if name not in inside]
    rows = []
    for row in frame.to_dict("records"):
        entries = {name: _of_value(row[name], decimals.get(name)) for name in map(str, frame)}
        for name in with_interval:
            low, high = entries[f"{name}_low"].text, entries[f"{name}_high"].text
            if low and high:
                entries[name] = entries[name]._replace(text=f"{entries[name].text} [{low}, {high}]")
        rows.append([entries[name] for name in shown])
    return PageTable(title, [name.replace("_", " ") for name in shown], rows, notes)


def _of_value(value: object, decimals: int | None) -> Entry:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return Entry("")
    if decimals is None or not isinstance(value, int | float):
        return Entry(str(value))
    return Entry(f"{value:,.{decimals}f}", float(value))
