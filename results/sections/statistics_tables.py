"""Intervals and paired differences on each problem, and what holds across problems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from results.comparison import BOUND, Comparison, Quantity
from results.experiment import Experiment
from results.reading.methods import Problem
from results.sections import across_tables as over_problems
from results.sections.section import Section
from results.statistics.differences import p_in_words
from results.statistics.intervals import Interval, bootstrap_interval, in_columns, interquartile_mean
from results.writing.columns import SEEDS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import Table, filled

CAPTION = (
    "Test scores over the seeds that all methods have in common: mean with its 95 % t-interval, which takes the "
    "scores of seeds for normal, and median and interquartile mean, with bootstrap intervals from ten seeds on. "
    "Difference: to the best, seed by seed, with t-intervals that hold at 95 % for all methods of a problem "
    "together; p: paired t-test, times the number of differences. What these do not tell apart from the best "
    "is {best}."
)

COLUMNS: Columns = {
    "seeds": Column("integer", "with a score, among those compared", SEEDS),
    "lost": Column("integer", "without a score, which counts against the method", SEEDS),
    "mark": Column("string", "best, tie for what is not told apart from the best, or empty"),
    "compared": Column("boolean", "false where too few seeds are common with the others"),
    "mean": Column("number", "over seeds, in the unit of the score", marked=True),
    "deviation": Column("number", "standard deviation over seeds, n - 1 in its denominator"),
    "median": Column("number", "over seeds"),
    "interquartile_mean": Column("number", "mean of the middle half of the seeds"),
    "best": Column("string", "the method that the difference is to"),
    "paired_seeds": Column("integer", "that both methods have", SEEDS),
    "difference": Column("number", "to the best, seed by seed, in the unit of the score"),
    "p": Column("number", "of the paired t-test, times the number of differences"),
}

PLACES = ["task", "data", "bound_samples", "conditions", "score"]
"""What a table is about."""


def section(experiment: Experiment) -> Section | None:
    comparison = experiment.comparison
    found, across = statistics(comparison), over_problems.across(comparison)
    if found.empty:
        return None
    tables, data = statistics_tables(found, comparison), {"statistics": Data(found, COLUMNS)}
    if not across.empty:
        tables += over_problems.across_tables(across, comparison)
        data["across"] = Data(across, over_problems.COLUMNS)
    return Section("statistics", "Statistics", tables, over_problems.across_figures(comparison), data)


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
            | in_columns("mean", entry.interval)
            | {"deviation": entry.deviation}
            | in_columns("median", bootstrap_interval(entry.values, np.median))
            | in_columns("interquartile_mean", bootstrap_interval(entry.values, interquartile_mean))
            | {"best": found.best, "paired_seeds": gap.seeds if gap else None}
            | in_columns("difference", gap.mean if gap else Interval(np.nan, np.nan, np.nan))
            | {"p": gap.p if gap else np.nan}
        )
    return sorted(rows, key=lambda row: (row["mark"] != "best", not row["compared"], quantity.sign * row["mean"]))


def statistics_tables(found: pd.DataFrame, comparison: Comparison) -> list[Table]:
    """A table for each problem and score."""
    return [_table(rows, comparison) for _, rows in found.groupby(PLACES, dropna=False, sort=False)]


def _table(rows: pd.DataFrame, comparison: Comparison) -> Table:
    quantity = Quantity(Problem.of_row(rows.iloc[0]), str(rows["score"].iloc[0]))
    name = quantity.problem.name
    shown = rows.assign(method=rows["method"].map(comparison.label), p=rows["p"].map(p_in_words))
    shown = shown.drop(columns=[*PLACES, "compared", "deviation", "best", "paired_seeds"])
    shown = shown if rows["lost"].any() else shown.drop(columns="lost")
    in_unit = ("mean", "median", "interquartile_mean", "difference")
    columns = {**COLUMNS, **{each: COLUMNS[each]._replace(decimals=quantity.decimals) for each in in_unit}}
    return Table(filled(shown), columns, name if quantity.score == BOUND else f"{name}: {quantity.name}", CAPTION)
