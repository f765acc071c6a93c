"""Methods across problems: differences, gaps, ranks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from results.common_problems import Grid, score_grid
from results.comparison import Comparison
from results.figures.overviews import profiles, ranks
from results.scores import BOUND, Quantity
from results.statistics import across as statistic
from results.statistics.differences import p_in_words
from results.statistics.intervals import Interval, in_columns
from results.writing.columns import SEEDS, Column, Columns
from results.writing.tables import Table, filled

CAPTION = (
    "On the problems and seeds that the methods share. Difference: scores are averaged over problems, then the mean "
    "over seeds of the paired difference from the first method, in the score's own unit, with its 95 % t-interval; "
    "p: two-sided paired t-test; both Bonferroni-corrected for the number of differences. Relative gap: median over "
    "problems and seeds of the gap to the best score, in units of the median nonzero gap of the problem. Rank: mean "
    "over problems and seeds, 1 is the best; improvement: share of problems and seeds on which a method beats the "
    "first one, ties counting half; both from four problems on. A lost seed counts as the worst score on its problem."
)

COLUMNS: Columns = {
    "problems": Column("integer", "problems that all methods have", "problems"),
    "seeds": Column("integer", "seeds that all methods have on all problems", SEEDS),
    "lost": Column("integer", "pairs of problem and seed without a score", "pairs"),
    "difference": Column(
        "number", "mean paired difference from the first method, averaged over problems, in the unit of the score"
    ),
    "p": Column("number", "p-value of the two-sided paired t-test, Bonferroni-corrected"),
    "relative_gap": Column(
        "number",
        "median gap to the best, in units of the problem's median nonzero gap; inf if half or more are lost",
        "",
        2,
    ),
    "rank": Column("number", "mean rank over problems and seeds, 1 is the best; from four problems on", "", 2),
    "improvement": Column(
        "number", "share of problems and seeds on which it beats the first method, ties counting half", "", 2
    ),
}


def across(comparison: Comparison) -> pd.DataFrame:
    """One row per score and method that is compared on all common problems, the best first.

    Empty if there are fewer than two such methods or problems.
    """
    scores = list(dict.fromkeys(quantity.score for quantity in comparison.quantities))
    grids = [grid for score in scores if (grid := score_grid(comparison, score)) is not None]
    return pd.DataFrame([row for grid in grids for row in _across(comparison, grid)])


def _across(comparison: Comparison, grid: Grid) -> Iterable[dict[str, Any]]:
    quantity = Quantity(grid.problems[0], grid.score)
    many = len(grid.problems) >= statistic.FEWEST_PROBLEMS
    ranks, gaps = statistic.average_ranks(grid.scores), statistic.relative_gaps(grid.scores)
    for i, method in enumerate(grid.methods):
        settings = {choice.setting or "" for p in grid.problems if (choice := comparison.choice(method, p))}
        gap = grid.differences.get(method)
        spread = quantity.in_own_unit(gap).mean if gap else Interval(np.nan, np.nan, np.nan)
        yield (
            {"score": grid.score, "method": method, "setting": settings.pop() if len(settings) == 1 else "several"}
            | {"problems": len(grid.problems), "seeds": len(grid.seeds)}
            | {"lost": int(np.isnan(grid.scores[i]).sum())}
            | in_columns("difference", spread)
            | {"p": gap.p if gap else np.nan, "relative_gap": gaps[i]}
            | {"rank": ranks[i] if many else np.nan}
            | {"improvement": statistic.improvement(grid.scores[i], grid.scores[0]) if many else np.nan}
        )


def notes_across(comparison: Comparison, score: str = BOUND) -> list[str]:
    """Names the methods that are not compared across problems, and says where gaps or ranks disagree on the first."""
    grid = score_grid(comparison, score)
    if grid is None:
        return []
    left_out = ", ".join(map(comparison.label, grid.left_out))
    notes = [f"left out, since not on all {len(grid.problems)} problems: {left_out}"] * bool(left_out)
    orders = {"relative gap": statistic.relative_gaps(grid.scores)}
    if len(grid.problems) >= statistic.FEWEST_PROBLEMS:
        orders["mean rank"] = statistic.average_ranks(grid.scores)
    for name, values in orders.items():
        if values.min() < values[0]:
            first, other = comparison.label(grid.methods[0]), comparison.label(grid.methods[int(values.argmin())])
            notes.append(f"by {name}, {other} is first; by the mean, {first}")
    return notes


def across_tables(frame: pd.DataFrame, comparison: Comparison) -> list[Table]:
    """One table for each score."""
    return [_table(str(score), rows, comparison) for score, rows in frame.groupby("score", sort=False)]


def _table(score: str, rows: pd.DataFrame, comparison: Comparison) -> Table:
    shown = rows.assign(method=rows["method"].map(comparison.label), p=rows["p"].map(p_in_words))
    shown = shown.drop(columns=["score"] if rows["lost"].any() else ["score", "lost"])
    decimals = 2 if score.startswith("negative_") else 3
    columns = {**COLUMNS, "difference": COLUMNS["difference"]._replace(decimals=decimals)}
    title = f"Across problems: {score.replace('_', ' ')}"
    return Table(filled(shown), columns, title, CAPTION, notes_across(comparison, score))


def across_figures(comparison: Comparison) -> Iterator[tuple[str, Figure]]:
    """Ranks and profiles, for two methods or more on four problems or more."""
    for score in dict.fromkeys(quantity.score for quantity in comparison.quantities):
        grid = score_grid(comparison, score)
        if grid is not None and len(grid.problems) >= statistic.FEWEST_PROBLEMS:
            suffix = "" if score == BOUND else f"_{score}"
            yield f"ranks{suffix}", ranks(grid, comparison)
            yield f"profiles{suffix}", profiles(grid, comparison)
