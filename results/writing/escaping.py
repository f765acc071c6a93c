"""Escaping of names and reasons, which are arbitrary text: one function per format, used by the writers alone."""

from __future__ import annotations

import re

import pandas as pd

LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
LATEX |= {character: f"\\{character}" for character in "&%$#_{}"}
LATEX |= {"±": r"$\pm$", "–": "--", "†": r"$\dagger$", "‡": r"$\ddagger$", "<": "$<$", "≤": r"$\leq$"}  # noqa: RUF001

FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""First characters that make a spreadsheet read a text as a formula, the last four in full width."""

MARKUP = re.compile(r"[\\`*_<|]|(?<=\])\(|&(?=#?\w+;)|~(?=~)|(?<=\s)#+(?=\s*$)")
"""What Markdown would interpret anywhere in a line: also links, entities, strikethrough, and the end of a heading."""

BLOCK = re.compile(r"^(>|[#=+-](?=[\s#=+-]|$)|\d+[.)](?=\s|$))")
"""Beginnings of a line that would make it a heading, a list, a quotation or a rule; the last character matters."""


def in_one_line(text: str) -> str:
    """The text with a space for every line break and control character."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def for_latex(text: str) -> str:
    """The text for the body of a LaTeX document."""
    return "".join(LATEX.get(sign, sign) for sign in in_one_line(text))


def for_markdown(text: str) -> str:
    """The text for GitHub's Markdown, without markup, HTML or the end of a table cell."""
    inline = re.sub(MARKUP, lambda match: f"\\{match[0]}", in_one_line(text).lstrip())
    return re.sub(BLOCK, lambda match: f"{match[0][:-1]}\\{match[0][-1]}", inline)


def for_csv(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before texts that a spreadsheet would evaluate as formulas."""
    return frame.rename(columns=_no_formula).apply(_without_formulas)


def _without_formulas(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column):
        return column
    if pd.api.types.is_string_dtype(column):  # the names in long columns are few
        return column.map({text: _no_formula(text) for text in column.unique()}, na_action="ignore")
    return column.map(_no_formula, na_action="ignore")


def _no_formula(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) and not _is_number(value) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
