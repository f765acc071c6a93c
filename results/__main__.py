"""``python -m results FOLDER``: tables and figures of the cells in a folder."""

from __future__ import annotations

import argparse
import functools
import pkgutil
import sys
import traceback
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
from runners.cells.terminal import one_line_errors, positive

DESCRIPTION = """\
Reads every cell in FOLDER and writes to that folder

  cells.csv, cells.parquet      one row per cell: status, scores, speed, configuration
  curves.csv, curves.parquet    one row per cell, step and metric
  table.md, .tex, .html         test scores over seeds, methods x tasks, each method with its best setting on validation
  statistics.csv, .md           intervals and paired differences over seeds; across.csv: over problems and seeds
  targets.csv, targets.md       steps, evaluations and seconds until a target is reached
  selected.csv, .md, .tex, .html the chosen settings, if methods have several; grid.csv, .md: all settings;
                                tuning.csv: the expected result of trying fewer settings
  sensitivity.csv, .md          validation scores by learning rate, if several were tried
  verdicts.csv, verdicts.md     with --reference: better, worse, equivalent or unknown, compared with it
  checklist.md                  the NeurIPS paper checklist, answered from the records where possible
  published.md                  our bounds compared with published ones, if there are any
  figures/*.png, figures/*.pdf  training curves, final bounds, speed, images
  gradients.csv, .parquet, .md  bias, variance and cost, for cells of the gradient probe
  scaling.csv, .parquet, .md    time and memory of a step as a number grows, for cells that measured it
  speed.csv, .json, .md         time of a step and its parts, for cells that measured it
  datapackage.json              descriptions of all columns of the CSV files
  report.json                   a list of the files written; the next report removes those that it does not write again
  report.html                   everything on one page, for a browser

and prints the number of files, the table, and which file to open. Nothing is downloaded. Cells that failed, diverged,
are still running or are missing are shown as such. The cells themselves are only read, so it can be run at any time,
even during a sweep."""

EPILOG = """\
example:
  python -m runners.run experiment=quick
  python -m results outputs/quick
  python -m results outputs/quick --only nvil,gumbel_softmax --labels nvil=NVIL --columns settings --width 237

exit status: 0 if everything was written, 2 if FOLDER holds no cells or cannot be written, or an option names something
that does not exist.
docs/results.md explains every column."""


class Unknown(ValueError):  # noqa: N818 - describes what the option names
    """An option names something that does not exist or cannot be used."""


@one_line_errors(NoCells, Unknown)
def main(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="folder with cells, such as outputs/quick")
    parser.add_argument("--only", metavar="METHOD,...", type=_words, default=(), help="compare only these methods")
    parser.add_argument("--order", metavar="METHOD,...", type=_words, default=(), help="show these first")
    parser.add_argument(
        "--labels", metavar="METHOD=LABEL,...", type=_labels, default={}, help="labels for tables and figures"
    )
    parser.add_argument(
        "--columns",
        metavar="NAME,...",
        type=_words,
        default=(),
        help=f"further columns: {', '.join(COLUMNS)} (in table.tex), my_module.function (in all comparison tables)",
    )
    parser.add_argument(
        "--sections", metavar="NAME,...", type=_words, default=(), help="further sections: my_module.function"
    )
    parser.add_argument("--reference", metavar="METHOD", default="", help="also judge the methods against this one")
    parser.add_argument(
        "--region",
        metavar="NATS",
        type=positive,
        default=REGION,
        help=f"largest difference between the bounds of equivalent methods (default: {REGION:g})",
    )
    parser.add_argument(
        "--width",
        metavar="POINTS",
        type=positive,
        default=TEXT_WIDTH,
        help=f"width available to table.tex (default: {TEXT_WIDTH:g})",
    )
    given = parser.parse_args(arguments)
    results = collect(given.folder)
    _require_known(results.cells, [*given.only, *given.order, *given.labels, *filter(None, [given.reference])])
    columns = [name if name in COLUMNS else _function(name, COLUMNS) for name in given.columns]
    sections = [_function(name) for name in given.sections]
    options = Options(
        given.only, given.order, given.labels, columns, sections, given.reference, given.region, given.width
    )
    try:
        write_report(results, options)
    except OSError as error:
        error.filename = error.filename or str(given.folder)
        raise
    return 0


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _labels(text: str) -> dict[str, str]:
    pairs = [word.partition("=") for word in _words(text)]
    if not all(sign for _, sign, _ in pairs):
        raise argparse.ArgumentTypeError(f"{text!r}: write METHOD=LABEL, separated by commas")
    return {name.strip(): label.strip() for name, _, label in pairs}


def _require_known(cells: pd.DataFrame, methods: Sequence[str]) -> None:
    known = sorted({*cells["method"].dropna(), *cells["estimator"].dropna()} - {"nan"})
    for name in methods:
        if name not in known:
            raise Unknown(f"{name}: no such method; choose from {', '.join(known)}")


def _function(name: str, known: Iterable[str] = ()) -> Any:
    """A function by its module and name; the message for a name without a module lists the ``known`` names."""
    if "." not in name:
        raise Unknown(f"{name}: no such function; choose from {', '.join([*known, 'my_module.function'])}")
    try:
        function = pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise Unknown(f"{name}: {error}") from error
    except (Exception, SystemExit) as error:  # a user's module may raise anything
        raise Unknown(f"{name}: it cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(function):
        raise Unknown(f"{name}: this is no function")
    return _contained(name, function)


def _contained(name: str, function: Any) -> Any:
    """The function, whose errors are one line; it cannot end the command, which would be taken for success."""

    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except (Exception, SystemExit) as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(last.filename).name}, line {last.lineno}"
            raise Unknown(f"{name}: {type(error).__name__}: {error} ({place})") from error

    return call


if __name__ == "__main__":
    sys.exit(main())
