"""The table of a folder of cells, and the scores in it."""

from __future__ import annotations

from pathlib import Path

from results.comparison import compare
from results.reading.collect import collect
from results.sections.comparison_table import comparison_table
from results.writing.tables import Marked, Table


def tabulated(folder: Path) -> Table:
    return comparison_table(compare(collect(folder).cells))


def scores(table: Table) -> dict[str, list[Marked]]:
    """By the estimator's name."""
    return {str(row[0]): [entry for entry in row if isinstance(entry, Marked)] for row in table.rows}
