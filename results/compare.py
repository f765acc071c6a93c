"""``python -m results.compare BASE NEW``: significant changes between two folders of cells."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from results.published import Unknown, read
from results.reading.collect import NoCells
from results.reading.methods import Problem, configuration_keys, named
from results.reading.order import place
from results.reading.setting_labels import in_words
from results.reading.statuses import DONE, SKIPPED, SUPERSEDED
from results.scores import BOUND, Quantity
from results.statistics.differences import Difference, difference, p_in_words
from results.statistics.equivalence import OTHERS, REGION
from runners.cells.terminal import one_line_errors, positive, printable

DESCRIPTION = """\
Compares the test scores of two folders, configuration by configuration and seed by seed. Only equal configurations are
compared, apart from the seed and from keys that have no effect on scores.

A method is better or worse if its mean changed by at least SIZE nats (other scores: by 0.01) and significantly: the
paired 95 % t-interval over seeds, Bonferroni-corrected for all comparisons, excludes 0. With one common seed a change
of at least SIZE is reported as "differs", without a verdict. A method is lost if a seed that had a score has none any
more. A configuration without a counterpart in the other folder is shown next to the most similar one with the keys
that differ, as "changed", without a verdict."""

EPILOG = """\
exit status: 0 if nothing is worse, lost, gone or changed, 1 if something is, 2 if a folder holds no cells."""

AGAINST = ("worse", "lost", "gone", "changed")
"""The verdicts with exit status 1."""

VERDICTS = (*AGAINST, "unscored", "differs", "better", "new", "same")
"""All verdicts, in the order in which they are shown."""


@dataclass(frozen=True)
class Group:
    """Cells that differ in their seed alone.

    Attributes:
        method, problem: as in tables.
        configuration: the values of all keys but the seed, as text, including ``runner.bound_samples``.
        versions: of the classes, as text; they may differ between compared groups.
        scores: values by seed, for each score that the cells have.
    """

    method: str
    problem: Problem
    configuration: Mapping[str, str]
    versions: str
    scores: Mapping[str, Mapping[int, float]]

    @property
    def place(self) -> tuple[str, str, str]:
        return self.method, self.problem.task, self.problem.data

    def differing(self, other: Group) -> list[str]:
        """``optimizer.lr: 0.001 -> 0.01`` for each key that differs."""
        pairs = {
            key: (self.configuration.get(key, ""), other.configuration.get(key, ""))
            for key in dict.fromkeys([*self.configuration, *other.configuration])
        }
        return [f"{key}: {mine or '-'} -> {theirs or '-'}" for key, (mine, theirs) in pairs.items() if mine != theirs]


@dataclass(frozen=True)
class Change:
    """One score of one configuration, in both folders or in one of them."""

    method: str
    problem: Problem
    score: str
    verdict: str
    gap: Difference | None = None
    lost: int = 0
    remarks: Sequence[str] = field(default_factory=tuple)

    def __str__(self) -> str:
        name = self.problem.bound if self.score == BOUND else self.score
        words = f"{self.verdict:8} {self.method} on {self.problem.place}, {name}"
        words += f"; {self.lost} of its seeds have no score any more" if self.lost else ""
        if self.gap is not None and self.gap.seeds:
            mean, low, high = self.gap.mean
            quantity = Quantity(self.problem, self.score)
            digits, unit = quantity.decimals, f" {quantity.unit}".rstrip()
            interval = "" if np.isnan(low) else f" [{low:+.{digits}f}, {high:+.{digits}f}]"
            p = p_in_words(self.gap.p)
            p_value = f", p {p if p.startswith('<') else f'= {p}'}" if p else ""
            words += f": {mean:+.{digits}f}{interval}{unit} over {self.gap.seeds} seeds{p_value}"
        return "; ".join([words, *self.remarks])


def groups(base: pd.DataFrame, new: pd.DataFrame) -> tuple[list[Group], list[Group], list[str]]:
    """The groups of two folders' cells, and the keys that only one of the folders has, which are not compared."""
    frames = [cells[~cells["status"].isin([SUPERSEDED, SKIPPED, "missing"])] for cells in (base, new)]
    shared = set(frames[0]["estimator"]) & set(frames[1]["estimator"])
    known = [_known(cells[cells["estimator"].isin(shared)]) for cells in frames]
    alone = sorted(known[0] ^ known[1])
    before, after = (list(_groups(named(cells), sorted(_known(cells) - set(alone)))) for cells in frames)
    return before, after, alone


def _known(cells: pd.DataFrame) -> set[str]:
    return {key for key in configuration_keys(cells) if cells[key].notna().any()}


def _groups(cells: pd.DataFrame, keys: Sequence[str]) -> Iterator[Group]:
    columns = ["method", "task", "data", "bound_samples", *keys]
    words = cells[columns].map(in_words)
    for indices in words.groupby(columns, sort=False).groups.values():
        group = cells.loc[list(indices)]
        done = group[(group["status"] == DONE) & group["seed"].notna()]
        named_scores = [name for name in done if f"valid_{name}" in done and not str(name).startswith("negative_")]
        scores = {
            str(name): dict(zip(scored["seed"].astype(int), scored[name].astype(float), strict=True))
            for name in (BOUND, *named_scores)
            if len(scored := done[done[name].notna()]) or name == BOUND
        }
        row = {str(name): str(value) for name, value in words.loc[group.index[0]].items()}
        configuration = {"runner.bound_samples" if key == "bound_samples" else key: row[key] for key in columns[3:]}
        yield Group(row["method"], Problem(*group["problem"].iloc[0]), configuration, _versions(group), scores)


def _versions(cells: pd.DataFrame) -> str:
    names = [name for name in ("estimator_version", "task_version") if name in cells]
    values = {name: "/".join(sorted(map(in_words, cells[name].unique()))) for name in names}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items() if value)


def changes(base: Sequence[Group], new: Sequence[Group], size: float) -> list[Change]:
    """The changes of each score of each configuration in either folder: by verdict, then by problem and size."""
    pairs, gone, added = _matched(base, new)
    same = [(before, after) for before, after in pairs if not before.differing(after)]
    tests = sum(
        len(set(by_seed) & set(after.scores.get(score, {}))) > 1
        for before, after in same
        for score, by_seed in before.scores.items()
    )
    compared = [change for before, after in pairs for change in _compared(before, after, tests, size)]
    for verdict, alone in (("gone", gone), ("new", added)):
        compared += [Change(group.method, group.problem, BOUND, verdict, remarks=_settings(group)) for group in alone]
    return sorted(compared, key=_place)


def _place(change: Change) -> tuple[object, ...]:
    size = abs(change.gap.mean.value) if change.gap is not None and change.gap.seeds else 0.0
    verdict = VERDICTS.index(change.verdict)
    return verdict, place(change.problem.task), change.problem.data, change.score != BOUND, -size, change.method


def _compared(before: Group, after: Group, tests: int, size: float) -> Iterator[Change]:
    """The change of each score; ``tests`` is the number of differences that are tested together."""
    differing = before.differing(after)
    versions = [group.versions or "no version" for group in (before, after)]
    remarks = (*differing, *([" -> ".join(versions)] if before.versions != after.versions else []))
    for score, by_seed in before.scores.items():
        now = after.scores.get(score, {})
        gap, lost = difference(now, by_seed, comparisons=max(1, tests)), len(set(by_seed) - set(now))
        if differing:
            yield Change(before.method, before.problem, score, "changed", gap, remarks=remarks)
        else:
            verdict = _verdict(gap, lost, Quantity(before.problem, score), size)
            yield Change(before.method, before.problem, score, verdict, gap, lost, remarks)


def _settings(group: Group) -> list[str]:
    return [f"{key}: {value}" for key, value in group.configuration.items() if key == "optimizer.lr" and value]


def _matched(base: Sequence[Group], new: Sequence[Group]) -> tuple[list[tuple[Group, Group]], list[Group], list[Group]]:
    """Pairs of equal configurations, then the most similar pairs of one method, task and data set; and what is left."""
    gone, added = dict(enumerate(base)), dict(enumerate(new))
    alike = sorted(
        (len(before.differing(after)), i, j)
        for i, before in gone.items()
        for j, after in added.items()
        if before.place == after.place
    )
    pairs = [(gone.pop(i), added.pop(j)) for _, i, j in alike if i in gone and j in added]
    return pairs, list(gone.values()), list(added.values())


def _verdict(gap: Difference, lost: int, quantity: Quantity, size: float) -> str:
    worse = quantity.sign * gap.mean.value
    if lost:
        return "lost"
    if gap.seeds == 0:
        return "unscored"
    if abs(worse) < (size if quantity.is_bound else OTHERS):
        return "same"
    if gap.seeds == 1:
        return "differs"
    if not gap.significant:
        return "same"
    return "worse" if worse > 0 else "better"


def as_text(compared: Sequence[Change], alone: Sequence[str] = ()) -> str:
    """One line per change, the counts of all verdicts, and the keys that only one of the folders has."""
    lines = [str(change) for change in compared if change.verdict != "same"]
    counts = Counter(change.verdict for change in compared)
    lines.append(", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]))
    if alone:
        lines.append(f"keys that only one of the folders has, not compared: {', '.join(alone)}")
    return "".join(f"{printable(line)}\n" for line in lines)


@one_line_errors(NoCells, Unknown)
def main(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results.compare",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", metavar="BASE", help="folder with cells, or published:NAME")
    parser.add_argument("new", metavar="NEW", help="folder with the cells to judge, or published:NAME")
    parser.add_argument(
        "--size", type=positive, default=REGION, help=f"smallest change that matters, nats (default: {REGION})"
    )
    options = parser.parse_args(arguments)
    base, new, alone = groups(*(read(source).cells for source in (options.base, options.new)))
    compared = changes(base, new, options.size)
    if not any(change.gap or change.verdict in ("new", "gone") for change in compared):
        print("no cell is done in either folder", file=sys.stderr)
        return 2
    print(as_text(compared, alone), end="")
    return int(any(change.verdict in AGAINST for change in compared))


if __name__ == "__main__":
    sys.exit(main())
