"""Which method is best, and which are not significantly different from it."""

from __future__ import annotations

import numpy as np
import pytest

from results.statistics.standing import standing

NAN = float("nan")


def by_seed(*scores: float) -> dict[int, float]:
    return dict(enumerate(scores))


def test_a_method_that_is_worse_by_little_but_always_is_no_tie():
    """0.51 nats at each of five seeds that differ by much more: unpaired intervals would overlap."""
    best = by_seed(100.0, 103.0, 98.0, 101.0, 105.0)
    found = standing({"a": best, "b": {seed: score + 0.5 + 0.01 * seed for seed, score in best.items()}}, decimals=2)
    assert found.marks == {"a": "best", "b": ""}


def test_a_method_that_is_better_as_often_as_worse_is_a_tie():
    found = standing({"a": by_seed(1.0, 2.0, 3.0), "b": by_seed(2.0, 1.5, 3.2)}, decimals=2)
    assert found.marks == {"a": "best", "b": "tie"}


@pytest.mark.parametrize("seeds", [3, *(pytest.param(seeds, marks=pytest.mark.slow) for seeds in (2, 5, 10))])
def test_of_equal_methods_nearly_all_are_marked(seeds: int):
    """Each of eight is unmarked in at most one of twenty cases; 500 have a standard error of 0.01."""
    generator = np.random.default_rng(seeds)
    marked = []
    for _ in range(500):
        scores = generator.normal(size=(8, seeds)) + 3 * generator.normal(size=seeds)
        found = standing({str(i): by_seed(*row) for i, row in enumerate(scores)}, decimals=2)
        marked.append(np.mean([bool(mark) for mark in found.marks.values()]))
    assert np.mean(marked) > 0.95


def test_a_method_that_lost_a_seed_is_not_the_best_and_no_tie():
    found = standing({"a": by_seed(1.0, NAN), "b": by_seed(2.0, 2.5)}, decimals=2)
    assert found.best == "b"
    assert found.marks == {"a": "", "b": "best"}
    assert found.lost["a"] == 1


def test_where_every_method_lost_seeds_the_lowest_mean_of_those_that_lost_least_is_the_best():
    found = standing({"a": by_seed(1.0, NAN, NAN), "b": by_seed(5.0, NAN, 2.0), "c": by_seed(3.0, 2.0, NAN)}, 2)
    assert found.best == "c"


def test_seeds_that_are_pending_count_neither_for_nor_against():
    found = standing({"a": by_seed(1.0, 1.0), "b": by_seed(2.0, 2.0, 2.0), "c": by_seed(3.0, 3.0, 3.0)}, decimals=2)
    assert (found.best, found.seeds) == ("a", [0, 1])


def test_a_method_with_too_few_seeds_stands_aside():
    others = {name: by_seed(*range(10)) for name in "abcd"}
    found = standing({**others, "new": by_seed(-50.0)}, decimals=2)
    assert found.aside == ["new"]
    assert "new" not in found.marks


def test_with_one_seed_nothing_is_significant_and_what_prints_alike_is_marked():
    found = standing({"a": by_seed(1.001), "b": by_seed(1.002), "c": by_seed(1.2)}, decimals=2)
    assert found.marks == {"a": "best", "b": "tie", "c": ""}


def test_equal_scores_are_all_ties():
    found = standing({name: by_seed(1.0, 2.0, 3.0) for name in "abc"}, decimals=2)
    assert sorted(found.marks.values()) == ["best", "tie", "tie"]


def test_where_nothing_has_a_score_nothing_is_best():
    found = standing({"a": by_seed(NAN), "b": {}}, decimals=2)
    assert found.best is None
    assert found.marks == {"a": ""}
