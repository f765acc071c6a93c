"""The page's tables: entries with the numbers that they are sorted by, and the values that they are filtered by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from results.page.filters import Filters
from results.page.places import shortened
from results.sections.section import Section
from results.writing.tables import NONE, Marked, Table, limited

NAMES = ("method", "estimator")
"""Headings of the column that is first on the page, where it remains visible when the table is scrolled."""

NUMBER = re.compile(r"^[<>≤≥]?\s*([-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?)", re.IGNORECASE)
"""A number at the beginning of a text, such as ``< 0.001``, ``359 / 324`` or ``4/4 done``."""


def page_table(section: Section, table: Table, filters: Filters) -> dict[str, Any]:
    """A section's table in the form that the page's template needs."""
    rows = [[_entry(entry) for entry in row] for row in table.rows]
    for column in zip(*rows, strict=True):
        _number(column)
    order = _order(table.headings)
    return {
        "section": section.title,
        "title": f"{section.title}: {table.title}" if len(section.tables) > 1 else section.title,
        "filters": filters.of(re.split(r"[,:] ", table.title)),
        "headings": [
            {
                "lines": [line for line in table.headings[column] if line],
                "filters": filters.of(table.headings[column]),
                "number": any(row[column]["number"] is not None for row in rows),
            }
            for column in order
        ],
        "rows": [
            {"entries": [row[column] for column in order], "filters": filters.of(entry["text"] for entry in row)}
            for row in rows
        ],
        "notes": [shortened(note) for note in (table.caption("bold"), *limited(table.notes)) if note],
    }


def _order(headings: Sequence[tuple[str, ...]]) -> list[int]:
    """The columns, with that of the methods or estimators first."""
    columns = range(len(headings))
    first = next((column for name in NAMES for column in columns if headings[column] == (name,)), 0)
    return sorted(columns, key=lambda column: column != first)


def _entry(entry: str | Marked) -> dict[str, Any]:
    marked = entry if isinstance(entry, Marked) else Marked(entry)
    return {"text": marked.text, "rest": marked.rest, "number": marked.number, "best": marked.best}


def _number(column: Sequence[dict[str, Any]]) -> None:
    """Adds numbers to sort by to the entries of a column of texts, if all of them begin with a number."""
    entries = [entry for entry in column if entry["text"] not in ("", NONE)]
    if any(entry["number"] is not None for entry in entries):
        return
    found = [NUMBER.match(entry["text"]) for entry in entries]
    if all(found):
        for entry, number in zip(entries, found, strict=True):
            entry["number"] = float(number[1].replace(",", "")) if number else None
