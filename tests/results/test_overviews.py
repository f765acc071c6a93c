from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from results.collect import collect
from results.comparison import Comparison, compare
from results.overviews import overviews
from tests.results.conftest import WriteCell


@pytest.fixture
def comparison(write_cell: WriteCell, outputs: Path) -> Comparison:
    """nvil is the best on one of two tasks and second on the other, where it is not done with one of two seeds."""
    for task in ("vae_bernoulli", "vae_categorical"):
        for seed in range(2):
            failed = task == "vae_categorical" and seed == 1
            write_cell("nvil", task, seed, bound=90.0 + seed, status="failed" if failed else "done")
            write_cell("darn", task, seed, bound=95.0 if task == "vae_bernoulli" else 85.0)
    return compare(collect(outputs).cells)


def test_every_cell_is_a_square_with_its_letter(comparison: Comparison) -> None:
    figure = dict(overviews(comparison))["statuses"]
    (axes,) = figure.axes
    letters = Counter(text.get_text() for text in axes.texts if len(text.get_text()) == 1)
    assert letters == {"#": 7, "F": 1}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["darn", "nvil"]


def test_ranks_are_means_over_problems_and_seeds(comparison: Comparison) -> None:
    """nvil is first with both seeds of one task and second with both of the other, so both methods have 1.5."""
    (axes,) = dict(overviews(comparison))["ranks"].axes
    assert sorted(text.get_text() for text in axes.texts) == ["1.50", "1.50"]


def test_a_profile_starts_at_the_share_that_beats_the_worst(comparison: Comparison) -> None:
    """Of nvil's four scores one is not done and one is the worst mean itself: half are above 0."""
    (axes,) = dict(overviews(comparison))["profiles"].axes
    starts = {str(line.get_label()): line.get_ydata()[0] for line in axes.lines}  # type: ignore[index]
    assert starts == {"nvil": 0.5, "darn": 0.5}


def test_one_problem_has_no_ranks(write_cell: WriteCell, outputs: Path) -> None:
    for estimator in ("nvil", "darn"):
        write_cell(estimator)
    assert set(dict(overviews(compare(collect(outputs).cells)))) == {"statuses"}
