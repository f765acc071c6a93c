"""``python -m results.contribution ARCHIVE``: whether an archive of cells holds to the protocol of published ones."""

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
from results.reading.methods import TUNED, configuration_keys, in_words
from results.reading.statuses import DONE, SUPERSEDED
from runners.cells.files import read_json

DESCRIPTION = """\
Reads an archive that `make pack` wrote, or a folder of cells, and compares it with published results: on each task and
data set the configuration must be one of theirs but for the estimator and the optimizers' settings, the chosen setting
must have all of their seeds, done, made by the same versions of the task, with records that nobody has changed, and an
estimator that is not of this package must have passed its contract checks."""

EPILOG = """\
exit status: 0 when it holds to the protocol, 1 when it does not, 2 when it cannot be read. docs/contributing-results.md
explains it."""

CHECKS = "checks.json"
"""What ``python -m estimators.checks --json`` said, beside the cells."""

LARGEST_CHECKS = 4 * 10**6
"""Bytes."""

OURS = "estimators."
"""What the classes of this package begin with: its own tests hold them to the contract."""


def departures(given: Results, published: Results) -> list[str]:
    """In what the given cells do not hold to the protocol of published ones, a sentence each."""
    cells = given.cells[given.cells["status"] != SUPERSEDED]
    found = [f"{note} (a record must be as the run left it)" for note in given.notes]
    for (task, data), own in cells.groupby(["task", "data"], sort=True):
        known = published.cells[(published.cells["task"] == task) & (published.cells["data"] == data)]
        place = f"{task} ({data})"
        if known.empty:
            found.append(f"{place}: nothing is published on it")
            continue
        found += [f"{place}: {words}" for words in (*_configuration(own, known), *_versions(own, known))]
    found += _seeds(given, published)
    return [*found, *_contract(given)]


def _configuration(own: pd.DataFrame, known: pd.DataFrame) -> Iterator[str]:
    """Values that no published cell has, outside of what a method may be tuned by."""
    keys = dict.fromkeys([*configuration_keys(known), *configuration_keys(own), "bound_samples"])
    for key in keys:
        if key.partition(".")[0] in TUNED or key == "seed":
            continue
        usual = _values(known, key)
        for value in sorted(_values(own, key) - usual):
            yield f"{key} is {value or 'not set'}, and in the published cells {_listed(known, key) or 'not set'}"


def _values(cells: pd.DataFrame, key: str) -> set[str]:
    return set(map(in_words, cells[key].unique())) if key in cells else {""}


def _versions(own: pd.DataFrame, known: pd.DataFrame) -> Iterator[str]:
    for value in sorted(_values(own, "task_version") - _values(known, "task_version")):
        yield f"task_version is {value or 'not recorded'}, and in the published cells {_listed(known, 'task_version')}"
    for key in ("commit", "torch_version"):
        if "" in _values(own, key):
            yield f"a cell has no {key.replace('_', ' ')} in its record"


def _listed(cells: pd.DataFrame, key: str) -> str:
    return " or ".join(sorted(_values(cells, key)))


def _seeds(given: Results, published: Results) -> Iterator[str]:
    """Methods whose chosen setting lacks a seed that the published choices have, or has one that is not done."""
    theirs: dict[tuple[str, str], set[int]] = {}
    for choice in Experiment(published).comparison.choices:
        place = choice.problem.task, choice.problem.data
        theirs[place] = theirs.get(place, set()) | _done(choice)
    comparison = Experiment(given).comparison
    for choice in comparison.choices:
        lacking = theirs.get((choice.problem.task, choice.problem.data), set()) - _done(choice)
        name = f"{comparison.label(choice.method)} on {choice.problem.place}"
        if choice.setting is None:
            yield f"{name}: no setting can be chosen: {choice.among}"
        elif lacking:
            yield f"{name}: the chosen setting has no result of seed {', '.join(map(str, sorted(lacking)))}"


def _done(choice: Choice) -> set[int]:
    cells = choice.chosen
    return set(map(int, cells.loc[(cells["status"] == DONE) & cells["seed"].notna(), "seed"]))


def _contract(given: Results) -> Iterator[str]:
    """Estimators of other packages without checks that were run and passed."""
    targets = given.cells["estimator._target_"].dropna().unique() if "estimator._target_" in given.cells else []
    foreign = sorted(target for target in map(str, targets) if not target.startswith(OURS))
    if not foreign:
        return
    passed = _passed(given.folder / CHECKS)
    for target in foreign:
        if target not in passed:
            command = f"python -m estimators.checks {target} --json > {CHECKS}"
            yield f"{target}: no passed contract checks in {CHECKS}, which {command} writes in the folder of the cells"


def _passed(path: Path) -> set[str]:
    """The targets whose checks ran without a failure; the file has one document, or a list of them."""
    try:
        content: Any = read_json(path, LARGEST_CHECKS)
        documents = content if isinstance(content, list) else [content]
        return {
            str(each["target"]) for each in documents if each["checks"]["run"] > 0 and each["checks"]["failed"] == 0
        }
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results.contribution",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="ARCHIVE|FOLDER", type=Path)
    parser.add_argument("--to", metavar="NAME", default="reference", help="the published results (default: reference)")
    options = parser.parse_args(arguments)
    try:
        published = load(options.to)
        with tempfile.TemporaryDirectory() as temporary:
            folder = options.source if options.source.is_dir() else unpack(options.source, Path(temporary))
            given = collect(folder)
            found = departures(given, published)
    except (Unknown, Unsafe, NoCells, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for words in found:
        print(words)
    cells = f"{len(given.cells)} cells, {given.cells['estimator'].nunique()} estimators"
    print(f"{cells}: {f'{len(found)} departures from' if found else 'holds to'} the protocol of {options.to}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
