"""Tables as the page shows them: each entry with the number that it is sorted by."""

from __future__ import annotations

from typing import Any

from results.sections.section import Section
from results.writing.formats import in_words
from results.writing.tables import Marked, Table


def page_table(section: Section, table: Table) -> dict[str, Any]:
    """What the page's template shows of a section's table: its caption is the first note."""
    title = f"{section.title}: {table.title}" if len(section.tables) > 1 else section.title
    return {
        "title": title,
        "headings": [" ".join(heading) for heading in table.headings],
        "rows": [[_entry(entry) for entry in row] for row in table.rows],
        "notes": [note for note in (table.caption("bold"), *table.notes) if note],
    }


def _entry(entry: str | Marked) -> dict[str, Any]:
    marked = entry if isinstance(entry, Marked) else Marked(entry)
    return {"text": in_words(entry), "number": marked.number, "best": marked.best}
