"""``python -m results FOLDER``: tables and figures of the cells in a folder."""

from __future__ import annotations

import argparse
import math
import os
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from results.experiment import Options
from results.reading.collect import NoCells, collect
from results.report import write_report
from results.sections.comparison_table import COLUMNS
from results.statistics.equivalence import REGION
from results.writing.latex import TEXT_WIDTH
from runners.cells.terminal import use_terminal

DESCRIPTION = """\
Reads every cell in FOLDER and writes there

  cells.csv, cells.parquet      one row a cell: status, scores, speed, configuration
  curves.csv, curves.parquet    one row a cell, step and metric
  table.md, .tex, .html         test scores, method x task, over seeds: each method with its best setting on validation
  statistics.csv, .md           intervals and paired differences over seeds; across.csv over problems too
  targets.csv, targets.md       steps, evaluations and seconds that it took to reach a bound
  selected.csv, .md, .tex, .html the settings that were chosen, where methods have several; grid.csv, .md all of them;
                                tuning.csv what is reached when only so many are tried
  sensitivity.csv, .md          validation scores by learning rate, where methods have several
  verdicts.csv, verdicts.md     better, worse, equivalent or unknown, against a reference
  checklist.md                  what the records answer of the NeurIPS paper checklist, and what is left to you
  published.md                  our bounds beside published ones, where there are some
  figures/*.png, figures/*.pdf  training curves, final bounds, speed, pictures
  gradients.csv, .parquet, .md  bias, variance and cost, where the cells are gradient probes
  scaling.csv, .parquet, .md    time and memory of a step, where the cells measured what it costs as a number grows
  datapackage.json              what every column of the CSV files means
  report.json                   which files the report wrote: those of an earlier one that it does not write are removed
  report.html                   all of it on one page, for a browser

and prints how many files these are, the table, and which file to open. Nothing is downloaded. Cells that failed,
diverged, still run or were asked for and are missing are shown as such. It reads only, as to the cells: run it as
often as you like, also while a sweep runs."""

EPILOG = """\
example:
  python -m runners.run experiment=quick
  python -m results outputs/quick
  python -m results outputs/quick --only nvil,gumbel_softmax --labels nvil=NVIL --columns settings --width 237

exit status: 0 when everything was written, 2 when FOLDER holds no cells or cannot be written, or an option names what
is not there.
docs/results.md explains every column."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="folder with cells, such as outputs/quick")
    parser.add_argument("--only", metavar="METHOD,...", type=_words, default=(), help="compare these methods alone")
    parser.add_argument("--order", metavar="METHOD,...", type=_words, default=(), help="first these, in this order")
    parser.add_argument(
        "--labels", metavar="METHOD=LABEL,...", type=_labels, default={}, help="what tables and figures call them"
    )
    parser.add_argument(
        "--columns",
        metavar="NAME,...",
        type=_words,
        default=(),
        help=f"of table.tex besides scores: {', '.join(COLUMNS)}; and of all tables: their.module.function",
    )
    parser.add_argument(
        "--sections", metavar="NAME,...", type=_words, default=(), help="further ones: their.module.function"
    )
    parser.add_argument("--reference", metavar="METHOD", default="", help="judge the others against it (the best)")
    parser.add_argument(
        "--region",
        metavar="NATS",
        type=_positive,
        default=REGION,
        help=f"that the bounds of equivalent methods differ by at most ({REGION:g})",
    )
    parser.add_argument(
        "--width", metavar="POINTS", type=float, default=TEXT_WIDTH, help=f"that table.tex fits into ({TEXT_WIDTH:g})"
    )
    given = parser.parse_args(arguments)
    use_terminal()
    try:
        results = collect(given.folder)
        _require_known(results.cells, [*given.only, *given.order, *given.labels, *filter(None, [given.reference])])
        columns = [name if name in COLUMNS else _own(name, COLUMNS) for name in given.columns]
        sections = [_own(name) for name in given.sections]
    except (NoCells, Unknown) as error:
        print(error, file=sys.stderr)
        return 2
    options = Options(
        given.only, given.order, given.labels, columns, sections, given.reference, given.region, given.width
    )
    try:
        write_report(results, options)
        sys.stdout.flush()
    except BrokenPipeError:  # a reader such as head has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"error: {error.filename2 or error.filename or given.folder}: {error.strerror or error}", file=sys.stderr)
        return 2
    return 0


class Unknown(ValueError):  # noqa: N818 - what was asked for
    """An option names something that is not there."""


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _labels(text: str) -> dict[str, str]:
    pairs = [word.partition("=") for word in _words(text)]
    if not all(sign for _, sign, _ in pairs):
        raise argparse.ArgumentTypeError(f"{text!r}: METHOD=LABEL is needed, with commas between")
    return {name.strip(): label.strip() for name, _, label in pairs}


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text}: a positive number is needed")
    return value


def _require_known(cells: pd.DataFrame, methods: Sequence[str]) -> None:
    known = sorted({*cells["method"].dropna(), *cells["estimator"].dropna()} - {"nan"})
    for name in methods:
        if name not in known:
            raise Unknown(f"{name}: choose among {', '.join(known)}")


def _own(name: str, known: Iterable[str] = ()) -> Any:
    """A function of one's own, by its module and name."""
    if "." not in name:
        raise Unknown(f"{name}: choose among {', '.join([*known, 'their.module.function'])}")
    try:
        return pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise Unknown(f"{name}: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
