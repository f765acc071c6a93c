"""What holds across problems: differences, gaps, ranks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from results.common_problems import Grid, score_grid
from results.comparison import BOUND, Comparison, Quantity
from results.figures.overviews import profiles, ranks
from results.statistics import across as statistic
from results.statistics.differences import p_in_words
from results.statistics.intervals import Interval, in_columns
from results.statistics.standing import standing
from results.writing.columns import SEEDS, Column, Columns
from results.writing.tables import Table, filled

CAPTION = (
    "On the problems and seeds that the methods have in common. Difference: to the first method, mean over "
    "problems, seed by seed, in the score's own unit, with t-intervals that hold for all methods together. "
    "Relative gap: median over problems and seeds of the gap to the best, where 1 is the gap of an ordinary "
    "method on that problem. Rank: mean over problems and seeds; improvement: share of them on which a method "
    "beats the first one; both from four problems on. Seeds that were lost are the worst of their problem."
)

COLUMNS: Columns = {
    "problems": Column("integer", "that all methods have", "problems"),
    "seeds": Column("integer", "that all methods have on all problems", SEEDS),
    "lost": Column("integer", "problems and seeds without a score", "pairs"),
    "difference": Column("number", "to the first method, mean over problems, in the unit of the score"),
    "p": Column("number", "of the paired t-test, times the number of differences"),
    "relative_gap": Column(
        "number", "median gap to the best, 1 for an ordinary method; inf where most are lost", "", 2
    ),
    "rank": Column("number", "mean over problems and seeds, 1 the best; from four problems on", "", 2),
    "improvement": Column("number", "share of problems and seeds on which it beats the first method", "", 2),
}


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
            | in_columns("difference", spread)
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


def across_tables(found: pd.DataFrame, comparison: Comparison) -> list[Table]:
    """A table for each score."""
    return [_table(str(score), rows, comparison) for score, rows in found.groupby("score", sort=False)]


def _table(score: str, rows: pd.DataFrame, comparison: Comparison) -> Table:
    shown = rows.assign(method=rows["method"].map(comparison.label), p=rows["p"].map(p_in_words))
    shown = shown.drop(columns=["score"] if rows["lost"].any() else ["score", "lost"])
    decimals = 2 if score.startswith("negative_") else 3
    columns = {**COLUMNS, "difference": COLUMNS["difference"]._replace(decimals=decimals)}
    title = f"Across problems: {score.replace('_', ' ')}"
    return Table(filled(shown), columns, title, CAPTION, notes_across(comparison, score))


def across_figures(comparison: Comparison) -> Iterator[tuple[str, Figure]]:
    """Ranks and profiles, where there are two methods on four problems."""
    for score in dict.fromkeys(quantity.score for quantity in comparison.quantities):
        grid = score_grid(comparison, score)
        if grid is not None and len(grid.problems) >= statistic.FEWEST_PROBLEMS:
            suffix = "" if score == BOUND else f"_{score}"
            yield f"ranks{suffix}", ranks(grid, comparison)
            yield f"profiles{suffix}", profiles(grid, comparison)
