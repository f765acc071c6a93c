"""``python -m results.status FOLDER``: shows which cells of a folder are done."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from results.reading.collect import NoCells, Results, collect
from results.reading.statuses import LETTERS, counts
from runners.cells.record import UNSUCCESSFUL
from runners.cells.terminal import one_line_errors, printable


def status(results: Results) -> str:
    """A matrix of estimators by tasks with a letter per cell; then a line per cell that is pending or unsuccessful."""
    cells = results.cells
    problems = cells[["task", "data"]].fillna("?").agg("\n".join, axis=1)
    letters = cells["status"].map(LETTERS).fillna("?")
    matrix = letters.groupby([cells["estimator"].fillna("?"), problems]).agg("".join).unstack().fillna("")
    matrix = matrix[list(problems.unique())]
    heads = [name.split("\n", 1) for name in matrix.columns]
    rows = [["", *(head[0] for head in heads)], ["", *(head[1] for head in heads)]]
    rows += [[str(name), *map(str, entries)] for name, entries in zip(matrix.index, matrix.to_numpy(), strict=True)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    present = [name for name in LETTERS if (cells["status"] == name).any()]
    legend = "   ".join(f"{LETTERS[name]} {name}" for name in present)
    lines += ["", legend, counts(cells["status"]), *_attention(results)]
    return "".join(f"{printable(line)}\n" for line in lines)


def _attention(results: Results) -> list[str]:
    steps = results.curves.groupby("cell")["step"].max()
    lines = []
    for _, cell in results.cells.iterrows():
        what = f"{cell['estimator']} {cell['task']} {cell['data']} seed={cell['seed']}"
        if cell["status"] in UNSUCCESSFUL:
            lines.append(f"{cell['status']}  {what}  {(str(cell['reason']).splitlines() or [''])[0]}")
        elif cell["status"] in ("running", "interrupted"):
            total = cell.get("runner.steps")
            known = not isinstance(total, str) and pd.notna(total) and total > 0
            done = f"  {100 * steps.get(cell['cell'], 0) / total:.0f} % of {total:,.0f} steps" if known else ""
            lines.append(f"{cell['status']}  {what}{done}")
    if any(cell in UNSUCCESSFUL for cell in results.cells["status"]):
        lines.append("to run failed, crashed and timed out cells again, add runner.retry=true to the same command")
    return ["", *lines] if lines else []


@one_line_errors(NoCells)
def main(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results.status", description="Shows which cells of a folder are done. Nothing is changed."
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="folder with cells, such as outputs/quick")
    print(status(collect(parser.parse_args(arguments).folder)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
