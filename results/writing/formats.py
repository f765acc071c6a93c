"""Tables as text, Markdown and HTML. LaTeX is in latex.py."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable

from results.writing.escaping import for_markdown, in_one_line
from results.writing.tables import Marked, Table, limited
from runners.cells.terminal import printable

Mark = Callable[[str], str]
"""Highlights an entry in some format."""

LINE = 100
"""Line length of descriptions and notes in the terminal, characters."""


def as_text(table: Table) -> str:
    """The table for the terminal; highlighted entries have a star."""
    height = max(map(len, table.headings))
    head = [[heading[line] if line < len(heading) else "" for heading in table.headings] for line in range(height)]
    body = _words(table, lambda mean: f"*{mean}")
    widths = [max(map(len, column)) for column in zip(*head, *body, strict=True)]
    lines = [
        "  ".join(
            word.ljust(width) if left else word.rjust(width)
            for word, width, left in zip(row, widths, _left(table), strict=True)
        ).rstrip()
        for row in head + body
    ]
    lines.insert(height, "  ".join("-" * width for width in widths))
    title = [table.title, ""] if table.title else []
    notes = [line for text in (table.caption("marked *"), *limited(table.notes)) for line in textwrap.wrap(text, LINE)]
    return "".join(f"{printable(line)}\n" for line in [*title, *lines, "", *notes])


def as_markdown(table: Table) -> str:
    """The table for GitHub, below its title; highlighted entries are bold."""
    title = [f"### {for_markdown(table.title)}", ""] if table.title else []
    head = ["<br>".join(map(for_markdown, heading)) for heading in table.headings]
    rule = [":--" if left else "--:" for left in _left(table)]
    rows = [[_markdown_entry(entry) for entry in row] for row in table.rows]
    lines = [f"| {' | '.join(row)} |" for row in [head, rule, *rows]]
    notes = ["", *(f"* {for_markdown(note)}" for note in table.notes)] if table.notes else []
    caption = ["", for_markdown(table.caption("bold"))] if table.description else []
    return "\n".join([*title, *lines, *caption, *notes]) + "\n"


def as_html(table: Table) -> str:
    """The table as a ``<table>`` for a page; highlighted entries are ``<strong>``."""
    classes = [' class="text"' if left else "" for left in _left(table)]
    head = "".join(f"<th>{'<br>'.join(map(html.escape, heading))}</th>" for heading in table.headings)
    rows = [
        "".join(f"<td{kind}>{_html_entry(entry)}</td>" for kind, entry in zip(classes, row, strict=True))
        for row in table.rows
    ]
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    notes = "".join(f"<p>{html.escape(note)}</p>\n" for note in table.notes)
    caption = f"<caption>{html.escape(table.caption('bold'))}</caption>"
    return f"<table>\n{caption}\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n{notes}"


def _html_entry(entry: str | Marked) -> str:
    if isinstance(entry, str):
        return html.escape(entry)
    text = html.escape(entry.text)
    return f"{f'<strong>{text}</strong>' if entry.best else text} {html.escape(entry.rest)}".rstrip()


def in_words(entry: str | Marked, mark: Mark = str) -> str:
    """``*130.52 ± 0.41``."""
    if isinstance(entry, str):
        return entry
    return f"{mark(entry.text) if entry.best else entry.text} {entry.rest}".rstrip()


def _words(table: Table, mark: Mark) -> list[list[str]]:
    return [[in_one_line(in_words(entry, mark)) for entry in row] for row in table.rows]


def _left(table: Table) -> list[bool]:
    """Whether each column is aligned to the left: columns with words are text, all others numbers."""
    if not table.rows:
        return [True] * len(table.headings)
    return [any(map(_has_words, column)) for column in zip(*table.rows, strict=True)]


def _has_words(entry: str | Marked) -> bool:
    return isinstance(entry, str) and re.search("[A-Za-z]{2}", entry) is not None


def _markdown_entry(entry: str | Marked) -> str:
    if isinstance(entry, str):
        return for_markdown(entry)
    return in_words(Marked(for_markdown(entry.text), entry.rest, entry.number, entry.best), lambda mean: f"**{mean}**")
