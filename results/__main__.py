"""``python -m results FOLDER``: tables and figures of the cells in a folder."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from results.collect import NoCells, collect
from results.report import write_report

DESCRIPTION = """\
Reads every cell in FOLDER and writes there

  cells.csv, cells.parquet      one row a cell: status, scores, speed, configuration
  curves.csv, curves.parquet    one row a cell, step and metric
  table.md, .tex, .html         test bounds, method x task, over seeds
  statistics.csv, .md           intervals and paired differences over seeds; across.csv over problems too
  targets.csv, targets.md       steps, evaluations and seconds that it took to reach a bound
  selected.csv, .md, .tex, .html the setting of each estimator that is best on validation, where it has several
  published.md                  our bounds beside published ones, where there are some
  figures/*.png, figures/*.pdf  training curves, final bounds, speed, pictures
  gradients.csv, .parquet, .md  bias, variance and cost, where the cells are gradient probes
  scaling.csv, .parquet, .md    time and memory of a step, where the cells measured what it costs as a number grows
  report.html                   all of it on one page, for a browser; needs no network

and prints the table. Cells that failed, diverged, still run or were asked for and are missing are shown as such.
It reads only, as to the cells: run it as often as you like, also while a sweep runs."""

EPILOG = """\
example:
  python -m runners.run experiment=quick
  python -m results outputs/quick

exit status: 0 when everything was written, 2 when FOLDER holds no cells.
docs/results.md explains every column."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="folder with cells, such as outputs/quick")
    folder = parser.parse_args(arguments).folder
    try:
        results = collect(folder)
    except NoCells as error:
        print(error, file=sys.stderr)
        return 2
    paths = results.write()
    try:
        for path in [*paths, *write_report(results)]:
            print(path)
        sys.stdout.flush()
    except BrokenPipeError:  # a reader such as head has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
