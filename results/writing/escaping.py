"""Names and reasons are anybody's text: one function a format keeps it text there. Writers apply them, nobody else."""

from __future__ import annotations

import re

import pandas as pd

LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
LATEX |= {character: f"\\{character}" for character in "&%$#_{}"}
LATEX |= {"±": r"$\pm$", "–": "--", "†": r"$\dagger$", "‡": r"$\ddagger$", "<": "$<$", "≤": r"$\leq$"}  # noqa: RUF001

FORMULA = re.compile(r"[=+\-@\t\r]")
"""What the first character of a text makes it one for spreadsheets."""


def in_one_line(text: str) -> str:
    """With a space for every new line and control character."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def for_latex(text: str) -> str:
    """For the body of a document."""
    return "".join(LATEX.get(sign, sign) for sign in in_one_line(text))


def for_markdown(text: str) -> str:
    """For GitHub's: neither markup nor HTML nor the end of a table's cell."""
    return re.sub(r"[\\`*_<|]|(?<=\])\(", lambda found: f"\\{found[0]}", in_one_line(text))


def for_csv(frame: pd.DataFrame) -> pd.DataFrame:
    """With a quotation mark before texts that a spreadsheet would compute."""
    return frame.rename(columns=_no_formula).apply(lambda column: column.map(_no_formula, na_action="ignore"))


def _no_formula(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) and not _is_number(value) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
