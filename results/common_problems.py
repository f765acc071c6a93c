"""Scores of the methods that are compared on several problems, on all of them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from results.comparison import Comparison
from results.reading.methods import Problem
from results.scores import BOUND
from results.statistics.across import relative_gaps
from results.statistics.blocks import largest_block
from results.statistics.differences import Difference
from results.statistics.standing import standing


@dataclass(frozen=True)
class Grid:
    """Methods on the problems and seeds that all of them have in common.

    Attributes:
        score: name of the score.
        methods: the best first, by :func:`results.statistics.standing.standing` of their means over problems; the
            others by relative gap.
        problems: of problems that differ in m alone, the one with the largest m.
        scores: ``[methods, problems, seeds]``, lower is better, NaN for a lost seed.
        left_out: methods that are compared on some problem but not here.
        differences: from the first method, of the means over problems.
    """

    score: str
    methods: list[str]
    problems: list[Problem]
    seeds: list[int]
    scores: NDArray[np.float64]
    left_out: list[str]
    differences: dict[str, Difference]


def score_grid(comparison: Comparison, score: str = BOUND) -> Grid | None:
    """The grid of a score; None unless two methods share two problems and a seed, or for a descriptive score."""
    ranked = [quantity for quantity in comparison.quantities if quantity.score == score and not quantity.describes]
    largest = {quantity.problem.training: quantity for quantity in ranked}
    standings = {quantity.problem: comparison.standings[quantity] for quantity in largest.values()}
    known = {
        method: {problem for problem, on_problem in standings.items() if method in on_problem.scores}
        for method in comparison.methods
    }
    methods, common = largest_block(known)
    problems = [problem for problem in standings if problem in common]
    if len(methods) < 2 or len(problems) < 2:
        return None
    seeds = sorted(set.intersection(*(set(standings[problem].seeds) for problem in problems)))
    if not seeds:
        return None
    scores = np.array(
        [[[standings[problem].scores[method][seed] for seed in seeds] for problem in problems] for method in methods]
    )
    # A seed that was lost on one problem has no mean over problems, so it counts as lost.
    means = {method: dict(zip(seeds, scores[i].mean(axis=0), strict=True)) for i, method in enumerate(methods)}
    overall = standing(means, decimals=3)
    gaps = relative_gaps(scores)
    order = sorted(range(len(methods)), key=lambda i: (methods[i] != overall.best, gaps[i]))
    left_out = [method for method, places in known.items() if places and method not in methods]
    ordered = [methods[i] for i in order]
    return Grid(score, ordered, problems, seeds, scores[order], left_out, overall.differences)
