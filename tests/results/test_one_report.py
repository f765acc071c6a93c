"""Folders of every kind: all that one report says of who is best agrees."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest

from results.__main__ import main
from results.comparison import Comparison, compare
from results.experiment import Experiment
from results.figures.dots import bounds
from results.figures.style import MARKED
from results.reading.collect import collect
from results.scores import BOUND, Quantity
from tests.crossing import one_in
from tests.results.conftest import WriteCell

TASKS = ("vae_bernoulli", "sbn_categorical")


def plain(write: WriteCell, seeds: int, tasks: Sequence[str] = TASKS, **levels: float) -> None:
    """Methods with their level on every task; seeds differ by more than methods, and methods not alike at each."""
    for task in tasks:
        for index, (name, level) in enumerate(levels.items()):
            for seed in range(seeds):
                write(name, task, seed, bound=level + 3.0 * seed + 0.05 * ((seed + index) % 3))


def one_seed(write: WriteCell) -> None:
    plain(write, 1, nvil=100.0, muprop=101.0, darn=103.0)


def unequal_seeds(write: WriteCell) -> None:
    plain(write, 3, muprop=101.0, darn=103.0)
    plain(write, 2, nvil=100.0)


def diverged(write: WriteCell) -> None:
    plain(write, 3, nvil=100.0, muprop=101.0)
    for task in TASKS:
        for seed in range(3):
            write("darn", task, seed, bound=50.0, status="diverged" if seed == 1 else "done")


def not_a_number(write: WriteCell) -> None:
    plain(write, 3, nvil=100.0, muprop=101.0)
    for task in TASKS:
        for seed in range(3):
            write("darn", task, seed, bound=float("nan") if seed == 2 else 50.0)


def running(write: WriteCell) -> None:
    plain(write, 3, muprop=101.0, darn=103.0)
    for task in TASKS:
        for seed in range(3):
            write("nvil", task, seed, bound=100.0 + 3.0 * seed, status="running" if seed == 2 else "done")


def grid(settings: int) -> Callable[[WriteCell], None]:
    def written(write: WriteCell) -> None:
        """On test muprop's worst choice would beat nvil; its choice on validation does not."""
        plain(write, 2, TASKS, darn=103.0)
        for task in TASKS:
            for seed in range(2):
                for number in range(settings):
                    lr = {"optimizer.lr": 0.001 * (number + 1)}
                    write("nvil", task, seed, bound=100.0 + number + 3 * seed, valid=90.0 + number, **lr)
                    write("muprop", task, seed, bound=102.0 - number + 3 * seed, valid=90.0 + number, **lr)

    return written


def two_versions(write: WriteCell) -> None:
    plain(write, 2, nvil=100.0, muprop=101.0)
    for task in TASKS:
        for seed in range(2):
            write("darn", task, seed, bound=50.0, version=1)
            write("darn", task, seed, bound=103.0 + 3 * seed, version=2)


def two_commits(write: WriteCell) -> None:
    """A change of the code that left the classes' versions as they are leaves their cells comparable."""
    for task in TASKS:
        for index, (name, level) in enumerate({"nvil": 100.0, "muprop": 101.0, "darn": 103.0}.items()):
            for seed in range(3):
                bound = level + 3.0 * seed + 0.05 * ((seed + index) % 3)
                write(name, task, seed, bound=bound, commit="abc" if seed < 2 else "def")


def two_m(write: WriteCell) -> None:
    plain(write, 2, nvil=100.0, muprop=101.0)
    for task in TASKS:
        for name, level in {"nvil": 95.0, "muprop": 96.0}.items():
            for seed in range(2):
                write(name, task, seed, bound=level + 3 * seed, **{"runner.bound_samples": 1000})


def all_equal(write: WriteCell) -> None:
    for task in TASKS:
        for name in ("nvil", "muprop", "darn"):
            for seed in range(3):
                write(name, task, seed, bound=100.0)


def far_off(write: WriteCell) -> None:
    plain(write, 3, nvil=100.0, muprop=101.0, darn=1e6)


FOLDERS: dict[str, Callable[[WriteCell], None]] = {
    "one seed": one_seed,
    "unequal seeds": unequal_seeds,
    "diverged": diverged,
    "not a number": not_a_number,
    "running": running,
    "a grid of 5": grid(5),
    "a grid of 50": grid(50),
    "two versions": two_versions,
    "two commits": two_commits,
    "two m": two_m,
    "all equal": all_equal,
    "far off": far_off,
}


OFTEN = ("one seed", "unequal seeds", "diverged", "a grid of 5", "all equal")


@pytest.fixture(params=[pytest.param(name, marks=() if name in OFTEN else pytest.mark.slow) for name in FOLDERS])
def folder(request: pytest.FixtureRequest, write_cell: WriteCell, outputs: Path, without_figures: None) -> Path:
    """A report of one of :data:`FOLDERS`. What its figures show is read from the figures."""
    FOLDERS[request.param](write_cell)
    assert main([str(outputs)]) == 0
    return outputs


def marked_in_words(lines: Sequence[Sequence[str]], pattern: str) -> dict[str, list[bool]]:
    """By the first word of each row, whether each entry with a number is set off."""
    rows = {}
    for line in lines:
        name, *entries = line
        rows[name] = [bool(re.search(pattern, entry)) for entry in entries if re.search(r"\d\.\d\d", entry)]
    return rows


def marks_of(comparison: Comparison) -> dict[str, list[bool]]:
    """What every artefact must say."""
    rows: dict[str, list[bool]] = {}
    for method in comparison.methods:
        entries = [comparison.entry(method, quantity) for quantity in comparison.quantities]
        rows[comparison.label(method)] = [
            bool(entry.mark) for entry in entries if entry is not None and len(entry.values)
        ]
    return rows


def test_every_artefact_names_the_same_best(folder: Path):
    comparison = Experiment(collect(folder)).comparison
    expected = marks_of(comparison)
    assert any(any(row) for row in expected.values())

    lines = [line.strip("| ").replace(r"\_", "_") for line in (folder / "table.md").read_text().splitlines()]
    rows = [line.split(" | ") for line in lines if line.split(" | ")[0] in expected]
    assert marked_in_words(rows, r"\*\*") == expected

    page = (folder / "table.html").read_text()
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)[1:]]
    assert marked_in_words(cells, "<strong>") == expected

    statistics = pd.read_csv(folder / "statistics.csv", keep_default_na=False)
    described = {
        comparison.label(method): [bool(mark) for mark in statistics.loc[statistics["method"] == method, "mark"]]
        for method in comparison.methods
    }
    assert {name: sorted(row) for name, row in described.items()} == {
        name: sorted(row) for name, row in expected.items()
    }

    tex = [line for line in (folder / "table.tex").read_text().splitlines() if r"\\" in line]
    assert sum(line.count(r"\textbf") for line in tex) == sum(map(sum, expected.values()))

    panels = bounds(comparison).axes
    shaded = sum(patch.get_facecolor()[:3] == colour(MARKED) for axes in panels for patch in axes.patches)
    assert shaded == sum(map(sum, expected.values()))

    selected = folder / "selected.csv"
    if selected.exists():
        chosen = pd.read_csv(selected, keep_default_na=False)
        for row in chosen.to_dict("records"):
            same = statistics[
                (statistics["method"] == row["method"])
                & (statistics["task"] == row["task"])
                & (statistics["score"] == BOUND)
            ]
            assert same["mean"].tolist() == [row["mean"]]
            assert same["mark"].tolist() == [row["mark"]]
            assert same["setting"].tolist() == [row["setting"]]

    assert_the_first_across_problems_is_a_best(folder, comparison)


def colour(name: str) -> tuple[float, ...]:
    return tuple(int(name[i : i + 2], 16) / 255 for i in (1, 3, 5))


def assert_the_first_across_problems_is_a_best(folder: Path, comparison: Comparison) -> None:
    across = pd.read_csv(folder / "across.csv")
    first = str(across["method"].iloc[0])
    marks = [comparison.standings[Quantity(problem)].marks[first] for problem in comparison.problems]
    assert all(marks)
    if across["rank"].notna().all():
        assert across["rank"].iloc[0] == across["rank"].min()


WINNERS = {
    "one seed": {"nvil"},
    "unequal seeds": {"nvil"},
    "diverged": {"nvil"},
    "not a number": {"nvil"},
    "running": {"nvil"},
    "a grid of 5": {"nvil"},
    "two versions": {"nvil"},
    "two commits": {"nvil"},
    "two m": {"nvil"},
    "all equal": {"nvil", "muprop", "darn"},
    "far off": {"nvil"},
}


@pytest.mark.parametrize("name", one_in(3, WINNERS))
def test_the_best_is_who_it_should_be(name: str, write_cell: WriteCell, outputs: Path):
    FOLDERS[name](write_cell)
    comparison = compare(collect(outputs).cells)
    for found in comparison.standings.values():
        assert {method for method, mark in found.marks.items() if mark} == WINNERS[name]
