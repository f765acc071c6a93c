"""``python -m results.contribution ARCHIVE``: checks an archive of cells against the protocol of published results."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from results.experiment import Experiment
from results.pack import Unsafe, unpack
from results.published import Unknown, load
from results.reading.choices import Choice
from results.reading.collect import NoCells, Results, collect
from results.reading.methods import TUNED, configuration_keys
from results.reading.setting_labels import in_words
from results.reading.statuses import SUPERSEDED
from runners.cells.files import read_json
from runners.cells.terminal import one_line_errors, printable

DESCRIPTION = """\
Compares an archive that `make pack` wrote, or a folder of cells, with published results. On each task and data set, the
configuration must equal a published one, except for the estimator and the optimizers' settings. The chosen setting must
be done on all published seeds, with the same version of the task, and the records must be unchanged. An estimator that
does not belong to this package must have passed its contract checks."""

EPILOG = """\
exit status: 0 if the protocol was followed, 1 if it was not, 2 if the cells cannot be read. See
docs/contributing-results.md."""

CHECKS = "checks.json"
"""The output of ``python -m estimators.checks --json``, in the folder of the cells."""

LARGEST_CHECKS = 4 * 10**6
"""Size limit of this file, bytes."""

OURS = "estimators."
"""Prefix of the classes of this package, which are checked by its own tests."""


def departures(given: Results, published: Results) -> list[str]:
    """The departures of the given cells from the protocol of published results, one sentence each."""
    cells = given.cells[given.cells["status"] != SUPERSEDED]
    sentences = [f"{note} (records must not be changed)" for note in given.notes]
    for (task, data), own in cells.groupby(["task", "data"], sort=False):
        known = published.cells[(published.cells["task"] == task) & (published.cells["data"] == data)]
        place = f"{task} ({data})"
        if known.empty:
            sentences.append(f"{place}: there are no published results")
            continue
        sentences += [f"{place}: {words}" for words in (*_configuration(own, known), *_versions(own, known))]
    return [*sentences, *_seeds(given, published), *_contract(given)]


def _configuration(own: pd.DataFrame, known: pd.DataFrame) -> Iterator[str]:
    """Values that no published cell has, for all keys that a method must not be tuned by."""
    keys = dict.fromkeys([*configuration_keys(known), *configuration_keys(own), "bound_samples"])
    for key in keys:
        if key.partition(".")[0] in TUNED or key == "seed":
            continue
        for value in sorted(_values(own, key) - _values(known, key)):
            yield f"{key} is {value or 'not set'}, but {_listed(known, key) or 'not set'} in the published cells"


def _values(cells: pd.DataFrame, key: str) -> set[str]:
    return set(map(in_words, cells[key].unique())) if key in cells else {""}


def _versions(own: pd.DataFrame, known: pd.DataFrame) -> Iterator[str]:
    for value in sorted(_values(own, "task_version") - _values(known, "task_version")):
        yield f"task_version is {value or 'not recorded'}, but {_listed(known, 'task_version')} in the published cells"
    for key in ("commit", "torch_version"):
        if "" in _values(own, key):
            yield f"a cell has no {key.replace('_', ' ')} in its record"


def _listed(cells: pd.DataFrame, key: str) -> str:
    return " or ".join(sorted(_values(cells, key)))


def _seeds(given: Results, published: Results) -> Iterator[str]:
    """Methods without a choice, or whose chosen setting is not done on all published seeds."""
    seeds: dict[tuple[str, str], set[int]] = {}
    for choice in Experiment(published).comparison.choices:
        place = choice.problem.task, choice.problem.data
        seeds[place] = seeds.get(place, set()) | _done(choice)
    comparison = Experiment(given).comparison
    for choice in comparison.choices:
        lacking = seeds.get((choice.problem.task, choice.problem.data), set()) - _done(choice)
        name = f"{comparison.label(choice.method)} on {choice.problem.place}"
        if choice.setting is None:
            yield f"{name}: no setting can be chosen: {choice.among}"
        elif lacking:
            yield f"{name}: the chosen setting has no result for seed {', '.join(map(str, sorted(lacking)))}"


def _done(choice: Choice) -> set[int]:
    return set(map(int, choice.done["seed"].dropna()))


def _contract(given: Results) -> Iterator[str]:
    """Estimators of other packages whose checks were not run or not passed."""
    targets = given.cells["estimator._target_"].dropna().unique() if "estimator._target_" in given.cells else []
    foreign = sorted(target for target in map(str, targets) if not target.startswith(OURS))
    if not foreign:
        return
    passed = _passed(given.folder / CHECKS)
    for target in foreign:
        if target not in passed:
            command = f"python -m estimators.checks {target} --json > {CHECKS}"
            yield f"{target}: {CHECKS} has no passed contract checks; run {command} in the folder of the cells"


def _passed(path: Path) -> set[str]:
    """The targets whose checks ran without failure. The file contains one document, or a list of documents."""
    try:
        content: Any = read_json(path, LARGEST_CHECKS)
        documents = content if isinstance(content, list) else [content]
        return {
            str(document["target"])
            for document in documents
            if document["checks"]["run"] > 0 and document["checks"]["failed"] == 0
        }
    except (OSError, ValueError, KeyError, TypeError):
        return set()


@one_line_errors(Unknown, Unsafe, NoCells)
def main(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results.contribution",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="ARCHIVE|FOLDER", type=Path)
    parser.add_argument("--to", metavar="NAME", default="reference", help="the published results (default: reference)")
    options = parser.parse_args(arguments)
    published = load(options.to)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.source if options.source.is_dir() else unpack(options.source, Path(temporary))
        given = collect(folder)
        sentences = departures(given, published)
    for sentence in sentences:
        print(printable(sentence))
    counts = f"{_counted(len(given.cells), 'cell')}, {_counted(given.cells['estimator'].nunique(), 'estimator')}"
    verdict = f"{_counted(len(sentences), 'departure')} from" if sentences else "no departure from"
    print(f"{counts}: {verdict} the protocol of {options.to}")
    return 1 if sentences else 0


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
