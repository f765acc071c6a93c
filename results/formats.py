"""Tables as text, as Markdown, as LaTeX and as HTML."""

from __future__ import annotations

import html
import math
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

from results.files import replacing
from results.table import Score, Table, counts

Mark = Callable[[str], str]
"""How a format sets off the best mean."""


def write_table(table: Table, folder: Path, name: str = "table") -> list[Path]:
    """Writes ``table.md``, ``table.tex`` and ``table.html``, or those of another name."""
    texts = {
        folder / f"{name}.{kind}": text(table)
        for kind, text in {"md": as_markdown, "tex": as_latex, "html": as_html}.items()
    }
    for path, text in texts.items():
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return list(texts)


def as_text(table: Table) -> str:
    """For the terminal; the best means carry a star."""
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
    return "\n".join([*lines, "", textwrap.fill(table.caption("marked *"), 100), *table.notes]) + "\n"


def as_markdown(table: Table) -> str:
    """For GitHub; the best means are bold."""
    head = ["<br>".join(heading) for heading in table.headings]
    rule = [":--" if left else "--:" for left in _left(table)]
    rows = [[_markdown_escaped(word) for word in row] for row in [head, *_words(table, lambda mean: f"**{mean}**")]]
    lines = [f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]]]
    notes = ["", *(f"* {_markdown_escaped(note)}" for note in table.notes)] if table.notes else []
    return "\n".join([*lines, "", table.caption("bold"), *notes]) + "\n"


def as_latex(table: Table) -> str:
    r"""A tabular for ``\input`` with the rules of booktabs; the best means are bold, caption and notes are comments."""
    height = max(map(len, table.headings))
    head = [
        [_latex_escaped(heading[i]) if i < len(heading) else "" for heading in table.headings] for i in range(height)
    ]
    body = [[_latex_entry(entry) for entry in row] for row in table.rows]
    comments = [f"% {line}" for line in ["Needs the package booktabs.", table.caption("bold"), *table.notes]]
    columns = "".join("l" if left else "r" for left in _left(table))
    rows = [" & ".join(row) + r" \\" for row in head + body]
    rows.insert(height, r"\midrule")
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", *rows, r"\bottomrule", r"\end{tabular}"]
    return "\n".join([*comments, *lines]) + "\n"


def as_html(table: Table) -> str:
    """A ``<table>`` to put into a page; the best means are ``<strong>``."""
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


def _html_entry(entry: str | Score) -> str:
    if isinstance(entry, str):
        return html.escape(entry)
    mean, _, rest = score_in_words(entry).partition(" ")
    start = f"<strong>{html.escape(mean)}</strong>" if entry.best else html.escape(mean)
    return f"{start} {html.escape(rest)}".rstrip()


def _latex_entry(entry: str | Score) -> str:
    if isinstance(entry, str):
        return _latex_escaped(entry)
    mean, _, rest = score_in_words(entry).partition(" ")
    # A bold mean is set after escaping, which would take the braces for text.
    start = rf"\textbf{{{mean}}}" if entry.best else _latex_escaped(mean)
    return f"{start} {_latex_escaped(rest)}".rstrip()


def _words(table: Table, mark: Mark) -> list[list[str]]:
    return [[score_in_words(entry, mark) if isinstance(entry, Score) else entry for entry in row] for row in table.rows]


def score_in_words(score: Score, mark: Mark = str) -> str:
    """``130.52 ± 0.41 (2/3)``; without scores the cells' statuses; nothing where the method has no cells."""
    if not score.done:
        return counts(score.statuses).removeprefix(f"0/{len(score.statuses)} done, ") if score.statuses else ""
    if math.isnan(score.mean):
        return "no test score"
    mean = f"{score.mean:.{score.decimals}f}"
    words = [mark(mean) if score.best else mean]
    if score.done > 1:
        words.append(f"± {score.deviation:.{score.decimals}f}")
    if score.done < len(score.statuses):
        words.append(f"({score.done}/{len(score.statuses)})")
    return " ".join(words)


def _left(table: Table) -> list[bool]:
    """Columns with words in them are text, the others numbers."""
    return [any(map(_has_words, column)) for column in zip(*table.rows, strict=True)]


def _has_words(entry: str | Score) -> bool:
    return isinstance(entry, str) and re.search("[a-z]{2}", entry) is not None


def _markdown_escaped(text: str) -> str:
    return text.replace("|", r"\|").replace("_", r"\_")


def _latex_escaped(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {character: f"\\{character}" for character in "&%$#_{}"} | {"±": r"$\pm$", "–": "--"}  # noqa: RUF001
    return "".join(special.get(character, character) for character in text)
