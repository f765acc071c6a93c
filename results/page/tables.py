"""Tables as the page shows them: each entry with the number that it is sorted by, and what it can be filtered by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from results.page.filters import Filters
from results.page.places import shortened
from results.sections.section import Section
from results.writing.formats import in_words
from results.writing.tables import NONE, Marked, Table

NAMES = ("method", "estimator")
"""Headings of the column that stays in sight when a table is wider than the window."""

NUMBER = re.compile(r"^[<>≤≥]?\s*(-?[\d,]*\.?\d+(?:e[-+]?\d+)?)", re.IGNORECASE)
"""What words that begin with a number are sorted by: ``< 0.001``, ``359 / 324``, ``4/4 done``."""


def page_table(section: Section, table: Table, filters: Filters) -> dict[str, Any]:
    """What the page's template shows of a section's table: its caption is the first note."""
    title = f"{section.title}: {table.title}" if len(section.tables) > 1 else section.title
    headings = [" ".join(heading) for heading in table.headings]
    rows = [[_entry(entry) for entry in row] for row in table.rows]
    for column in range(len(headings)):
        _number([row[column] for row in rows])
    name = _name_column(headings, rows)
    return {
        "section": section.title,
        "title": title,
        "filters": filters.of(re.split(r"[,:] ", table.title)),
        "headings": [
            {"text": text, "filters": filters.of(words), "name": column == name}
            | {"number": any(row[column]["number"] is not None for row in rows)}
            for column, (text, words) in enumerate(zip(headings, table.headings, strict=True))
        ],
        "rows": [{"entries": row, "filters": filters.of(entry["text"] for entry in row)} for row in rows],
        "notes": [shortened(note) for note in (table.caption("bold"), *table.notes) if note],
    }


def _name_column(headings: Sequence[str], rows: Sequence[Sequence[Mapping[str, Any]]]) -> int:
    """That of the methods, or the first of words."""
    named = (headings.index(name) for name in NAMES if name in headings)
    words = (column for column in range(len(headings)) if all(row[column]["number"] is None for row in rows))
    return next(named, next(words, 0))


def _entry(entry: str | Marked) -> dict[str, Any]:
    marked = entry if isinstance(entry, Marked) else Marked(entry)
    text = in_words(Marked(marked.text))
    return {"text": text, "rest": marked.rest, "number": marked.number, "best": marked.best}


def _number(entries: Sequence[dict[str, Any]]) -> None:
    """Gives the entries of a column numbers to be sorted by, if all its words begin with one."""
    words = [entry for entry in entries if entry["text"] not in ("", NONE)]
    if any(entry["number"] is not None for entry in words):
        return
    found = [NUMBER.match(entry["text"]) for entry in words]
    if all(found):
        for entry, number in zip(words, found, strict=True):
            entry["number"] = float(number[1].replace(",", "")) if number else None
