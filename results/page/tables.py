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
    """A data frame, with the decimals of its columns of numbers; the others are text."""
    rows = [[_of_value(row[column], decimals.get(str(column))) for column in frame] for row in frame.to_dict("records")]
    return PageTable(title, [str(column) for column in frame], rows, notes)


def _of_value(value: object, decimals: int | None) -> Entry:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return Entry("")
    if decimals is None or not isinstance(value, int | float):
        return Entry(str(value))
    return Entry(f"{value:,.{decimals}f}", float(value))
