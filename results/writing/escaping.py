"""Escaping of names and reasons, which are arbitrary text: one function per format, used by the writers alone."""

from __future__ import annotations

import re

import pandas as pd

LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
LATEX |= {character: f"\\{character}" for character in "&%$#_{}"}
LATEX |= {"±": r"$\pm$", "–": "--", "†": r"$\dagger$", "‡": r"$\ddagger$", "<": "$<$", "≤": r"$\leq$"}  # noqa: RUF001

FORMULA = re.compile(r"[=+\-@\t\r]")
"""First characters that make a spreadsheet read a text as a formula."""


def in_one_line(text: str) -> str:
    """The text with a space for every line break and control character."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def for_latex(text: str) -> str:
    """The text for the body of a LaTeX document."""
    return "".join(LATEX.get(sign, sign) for sign in in_one_line(text))


def for_markdown(text: str) -> str:
    """The text for GitHub's Markdown, without markup, HTML or the end of a table cell."""
    return re.sub(r"[\\`*_<|]|(?<=\])\(", lambda match: f"\\{match[0]}", in_one_line(text))


def for_csv(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before texts that a spreadsheet would evaluate as formulas."""
    return frame.rename(columns=_no_formula).apply(lambda column: column.map(_no_formula, na_action="ignore"))


def _no_formula(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) and not _is_number(value) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
