"""Tables in the terminal and in Markdown."""

from __future__ import annotations

import pandas as pd

from results.writing.formats import as_markdown, as_text
from results.writing.tables import MOST_NOTES, Table


def test_the_terminal_shows_the_first_of_many_notes_and_the_file_all():
    notes = [f"note {number}." for number in range(1_000)]
    table = Table(pd.DataFrame({"method": ["a"]}), notes=notes)
    shown = as_text(table).splitlines()
    assert [line for line in shown if line.startswith("note")] == notes[: MOST_NOTES - 1]
    assert shown[-1] == "and 981 more notes, which are in the .md file"
    written = as_markdown(table)
    assert all(note in written for note in notes)
