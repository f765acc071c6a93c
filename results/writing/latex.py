r"""Tables for an article, as files for ``\input`` that are no wider than the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from results.writing.escaping import for_latex, in_one_line
from results.writing.tables import Marked, Table

TEXT_WIDTH = 345.0
r"""``\textwidth`` of article.cls at 10 pt, points."""

SEPARATION = 4.0
r"""``\tabcolsep``, points: half the space between two columns."""

DIGIT, SMALL_DIGIT = 4.7, 3.6
r"""Width of a digit of Computer Modern in ``\small`` and in ``\scriptsize``, rounded up, points."""

NARROW, WIDE = " .,:;|!'ijl()[]", "MWm±†‡–%@"  # noqa: RUF001
"""Characters about half as wide as a digit, and about 1.5 times as wide."""


def as_latex(table: Table, width: float = 0) -> str:
    r"""A ``tabular`` with the rules of booktabs; highlighted entries are bold, description and notes are comments.

    Columns that share the first line of their heading are grouped under it with a ``\cmidrule``. If the columns are
    wider than ``width`` together, there are several tabulars, one below the other, each with the first column.

    Args:
        table: its first column names the rows.
        width: points; 0 for :data:`TEXT_WIDTH`.
    """
    words = ["Needs the package booktabs.", table.caption("bold"), *table.notes]
    comments = [f"% {in_one_line(line)}" for line in words]
    panels = [_tabular(table, columns) for columns in _panels(table, width or TEXT_WIDTH)]
    body = "\n\\par\\medskip\n".join(panels)
    return "\n".join([*comments, rf"{{\small\setlength{{\tabcolsep}}{{{SEPARATION:g}pt}}%", body, "}"]) + "\n"


def fits(table: Table, width: float = 0) -> bool:
    """Whether all columns fit next to each other, see :func:`as_latex`."""
    return len(list(_panels(table, width or TEXT_WIDTH))) == 1


def column_widths(table: Table) -> list[float]:
    """An upper estimate of each column's width, without the space between columns, points."""
    height = max(map(len, table.headings))
    # The first line of a heading may span several columns, so it does not count.
    heads = [list(heading[height > 1 :]) or [heading[0]] for heading in table.headings]
    columns = zip(*table.rows, strict=True) if table.rows else ([""] for _ in table.headings)
    return [
        max([*(_width(line, DIGIT) for line in head), *map(_entry_width, column)])
        for head, column in zip(heads, columns, strict=True)
    ]


def _width(text: str, digit: float) -> float:
    return digit * sum(0.55 if sign in NARROW else 1.5 if sign in WIDE else 1.0 for sign in text)


def _entry_width(entry: str | Marked) -> float:
    if isinstance(entry, str):
        return _width(entry, DIGIT)
    behind = _width(entry.rest, SMALL_DIGIT) + 2.0 if entry.rest else 0.0
    return (1.15 if entry.best else 1.0) * _width(entry.text, DIGIT) + behind


def _panels(table: Table, width: float) -> Iterator[list[int]]:
    """The columns of each tabular: the first one, and as many others as fit."""
    widths = [column + 2 * SEPARATION for column in column_widths(table)]
    panel: list[int] = [0]
    for column in range(1, len(widths)):
        if len(panel) > 1 and sum(widths[other] for other in panel) + widths[column] > width:
            yield panel
            panel = [0]
        panel.append(column)
    yield panel


def _tabular(table: Table, columns: Sequence[int]) -> str:
    headings = [table.headings[column] for column in columns]
    height = max(map(len, headings))
    lines = [_spanning(headings)] if height > 1 and any(heading[0] for heading in headings[1:]) else []
    for line in range(int(height > 1), height):
        words = [for_latex(heading[line]) if line < len(heading) else "" for heading in headings]
        lines += [" & ".join(words) + r" \\"] if any(words) else []
    rows = [" & ".join(_entry(row[column]) for column in columns) + r" \\" for row in table.rows]
    kinds = "".join("l" if column == 0 else "r" for column in columns)
    return "\n".join(
        [
            rf"\begin{{tabular}}{{{kinds}}}",
            r"\toprule",
            *lines,
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
        ]
    )


def _spanning(headings: Sequence[tuple[str, ...]]) -> str:
    """The first lines of the headings, each spanning the columns that share it, and the rules below them."""
    words, rules, start = [], [], 1
    for first, group in groupby(headings, key=lambda heading: heading[0] if len(heading) > 1 else ""):
        end = start + len(list(group)) - 1
        words.append(rf"\multicolumn{{{end - start + 1}}}{{c}}{{{for_latex(first)}}}" if first else "&" * (end - start))
        rules += [rf"\cmidrule(lr){{{start}-{end}}}"] if first else []
        start = end + 1
    return " & ".join(words) + r" \\" + "\n" + "".join(rules)


def _entry(entry: str | Marked) -> str:
    if isinstance(entry, str):
        return for_latex(entry)
    # Braces are added after escaping, which would escape them too.
    start = rf"\textbf{{{for_latex(entry.text)}}}" if entry.best else for_latex(entry.text)
    return rf"{start}\,{{\scriptsize {for_latex(entry.rest)}}}" if entry.rest else start
