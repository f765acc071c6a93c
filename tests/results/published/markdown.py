"""Reading Markdown tables back."""

from __future__ import annotations


def rows(table: str) -> list[list[str]]:
    """The cells of a Markdown table, without its rule."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for i, line in enumerate(lines) if i != 1]
