"""Intervals and paired differences on each problem, and what holds across problems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from results.comparison import BOUND, Comparison, Quantity
from results.reading.methods import Problem
from results.statistics import across as statistic
from results.statistics.blocks import largest_block
from results.statistics.differences import p_in_words
from results.statistics.intervals import Interval, bootstrap_interval, interquartile_mean
from results.statistics.standing import standing
from results.writing.tables import Columns, Table, of_frame

CAPTION = (
    "Test scores over the seeds that all methods have in common: mean with its 95 % t-interval, which takes the "
    "scores of seeds for normal, and median and interquartile mean, with bootstrap intervals from ten seeds on. "
    "Difference: to the best, seed by seed, with t-intervals that hold at 95 % for all methods of a problem "
    "together; p: paired t-test, times the number of differences. What these do not tell apart from the best "
    "{best}."
)

ACROSS = (
    "On the problems and seeds that the methods have in common. Difference: to the first method, mean over "
    "problems, seed by seed, in the score's own unit, with t-intervals that hold for all methods together. "
    "Relative gap: median over problems and seeds of the gap to the best, where 1 is the gap of an ordinary "
    "method on that problem. Rank: mean over problems and seeds; improvement: share of them on which a method "
    "beats the first one; both from four problems on. Seeds that were lost are the worst of their problem."
)

COLUMNS = Columns(
    decimals={
        **dict.fromkeys(("seeds", "lost", "paired_seeds", "problems"), 0),
        **dict.fromkeys(("mean", "deviation", "median", "interquartile_mean", "difference", "relative_gap"), 2),
        **dict.fromkeys(("rank", "improvement"), 2),
    },
    hidden=("estimator", "bound_samples", "mark", "deviation", "paired_seeds", "best", "compared"),
    best="mean",
)


def statistics(comparison: Comparison) -> pd.DataFrame:
    """One row per score, problem and method that has scores, the best first."""
    rows = [row for quantity in comparison.quantities for row in _rows(comparison, quantity)]
    return pd.DataFrame(rows)


def _rows(comparison: Comparison, quantity: Quantity) -> Iterable[dict[str, Any]]:
    rows = []
    found = comparison.standings[quantity]
    for method in comparison.methods:
        entry, choice = comparison.entry(method, quantity), comparison.choice(method, quantity.problem)
        if entry is None or choice is None or not len(entry.values):
            continue
        gap = entry.difference
        rows.append(
            quantity.problem._asdict()
            | {"score": quantity.score, "method": method, "setting": choice.setting or ""}
            | {"seeds": len(entry.values), "lost": entry.lost, "mark": entry.mark, "compared": entry.compared}
            | _spread("mean", entry.interval)
            | {"deviation": entry.deviation}
            | _spread("median", bootstrap_interval(entry.values, np.median))
            | _spread("interquartile_mean", bootstrap_interval(entry.values, interquartile_mean))
            | {"best": found.best, "paired_seeds": gap.seeds if gap else None}
            | _spread("difference", gap.mean if gap else Interval(np.nan, np.nan, np.nan))
            | {"p": gap.p if gap else np.nan}
        )
    return sorted(rows, key=lambda row: (row["mark"] != "best", not row["compared"], quantity.sign * row["mean"]))


@dataclass(frozen=True)
class Grid:
    """Methods on the problems and seeds that all of them have in common.

    Attributes:
        score: which one.
        methods: the best first, by :func:`results.statistics.standing.standing` of their means over problems, then
            by relative gap.
        problems: of one training with two m that with the larger one.
        scores: ``[methods, problems, seeds]``, lower is better, NaN for a lost seed.
        left_out: methods that are compared on some problem and are not here.
    """

    score: str
    methods: list[str]
    problems: list[Problem]
    seeds: list[int]
    scores: NDArray[np.float64]
    left_out: list[str]


def score_grid(comparison: Comparison, score: str = BOUND) -> Grid | None:
    """The grid of a score; None with fewer than two methods that share two problems and a seed."""
    largest = {quantity.problem.training: quantity for quantity in comparison.quantities if quantity.score == score}
    found = {quantity.problem: comparison.standings[quantity] for quantity in largest.values()}
    known = {
        method: {problem for problem, each in found.items() if method in each.scores} for method in comparison.methods
    }
    methods, common = largest_block(known)
    problems = [problem for problem in found if problem in common]
    seeds = sorted(set.intersection(*(set(found[problem].seeds) for problem in problems))) if problems else []
    if len(methods) < 2 or len(problems) < 2 or not seeds:
        return None
    scores = np.array(
        [[[found[problem].scores[method][seed] for seed in seeds] for problem in problems] for method in methods]
    )
    # A seed that was lost on one problem has no mean over problems: it is lost here too.
    means = {method: dict(zip(seeds, scores[i].mean(axis=0), strict=True)) for i, method in enumerate(methods)}
    overall = standing(means, decimals=3)
    gaps = statistic.relative_gaps(scores)
    order = sorted(range(len(methods)), key=lambda i: (methods[i] != overall.best, gaps[i]))
    left_out = [method for method, places in known.items() if places and method not in methods]
    return Grid(score, [methods[i] for i in order], problems, seeds, scores[order], left_out)


def across(comparison: Comparison) -> pd.DataFrame:
    """One row per score and method that is compared on all problems, the best first; empty with fewer than two."""
    scores = list(dict.fromkeys(quantity.score for quantity in comparison.quantities))
    grids = [grid for score in scores if (grid := score_grid(comparison, score)) is not None]
    return pd.DataFrame([row for grid in grids for row in _across(comparison, grid)])


def _across(comparison: Comparison, grid: Grid) -> Iterable[dict[str, Any]]:
    sign = Quantity(grid.problems[0], grid.score).sign
    many = len(grid.problems) >= statistic.FEWEST_PROBLEMS
    ranks, gaps = statistic.average_ranks(grid.scores), statistic.relative_gaps(grid.scores)
    means = {m: dict(zip(grid.seeds, grid.scores[i].mean(axis=0), strict=True)) for i, m in enumerate(grid.methods)}
    differences = standing(means, decimals=3).differences
    for i, method in enumerate(grid.methods):
        found = {choice.setting or "" for p in grid.problems if (choice := comparison.choice(method, p))}
        gap = differences.get(method)
        spread = gap.mean if gap else Interval(np.nan, np.nan, np.nan)
        if sign < 0:
            spread = Interval(-spread.value, -spread.high, -spread.low)
        yield (
            {"score": grid.score, "method": method, "setting": found.pop() if len(found) == 1 else "several"}
            | {"problems": len(grid.problems), "seeds": len(grid.seeds)}
            | {"lost": int(np.isnan(grid.scores[i]).sum())}
            | _spread("difference", spread)
            | {"p": gap.p if gap else np.nan, "relative_gap": gaps[i]}
            | {"rank": ranks[i] if many else np.nan}
            | {"improvement": statistic.improvement(grid.scores[i], grid.scores[0]) if many else np.nan}
        )


def notes_across(comparison: Comparison, score: str = BOUND) -> list[str]:
    """Who is not compared across problems, and whether gaps or ranks name another first than differences do."""
    grid = score_grid(comparison, score)
    if grid is None:
        return []
    left_out = ", ".join(map(comparison.label, grid.left_out))
    notes = [f"not on all {len(grid.problems)} problems, so not here: {left_out}"] * bool(left_out)
    orders = {"relative gap": statistic.relative_gaps(grid.scores)}
    if len(grid.problems) >= statistic.FEWEST_PROBLEMS:
        orders["mean rank"] = statistic.average_ranks(grid.scores)
    for name, values in orders.items():
        if values.min() < values[0]:
            first, other = comparison.label(grid.methods[0]), comparison.label(grid.methods[int(values.argmin())])
            notes.append(f"by {name} {other} is first, by the mean {first}")
    return notes


def _spread(name: str, found: Interval) -> dict[str, float]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def statistics_tables(found: pd.DataFrame, comparison: Comparison) -> list[Table]:
    """A table for each problem and score."""
    places = ["task", "data", "bound_samples", "conditions", "score"]
    tables = []
    for _, rows in found.groupby(places, dropna=False, sort=False):
        problem, score = Problem.of_row(rows.iloc[0]), str(rows["score"].iloc[0])
        quantity = Quantity(problem, score)
        title = problem.name if score == BOUND else f"{problem.name}: {quantity.name}"
        shown = _shown(rows.drop(columns=places), comparison)
        tables.append(of_frame(shown, _columns(quantity.decimals), title, CAPTION.replace("{best}", "is {best}")))
    return tables


def across_tables(found: pd.DataFrame, comparison: Comparison) -> list[Table]:
    """A table for each score."""
    tables = []
    for score, rows in found.groupby("score", sort=False):
        shown = _shown(rows.drop(columns="score"), comparison)
        decimals = 2 if str(score).startswith("negative_") else 3
        title = f"Across problems: {str(score).replace('_', ' ')}"
        tables.append(of_frame(shown, _columns(decimals), title, ACROSS, notes_across(comparison, str(score))))
    return tables


def _shown(rows: pd.DataFrame, comparison: Comparison) -> pd.DataFrame:
    """Methods by their labels, without lost seeds where there are none."""
    labels = rows["method"].map(comparison.label)
    return rows.assign(method=labels, p=rows["p"].map(p_in_words)).drop(columns=[] if rows["lost"].any() else ["lost"])


def _columns(decimals: int) -> Columns:
    own = dict.fromkeys(("mean", "median", "interquartile_mean", "difference"), decimals)
    return Columns({**COLUMNS.decimals, **own}, COLUMNS.hidden, COLUMNS.best)
