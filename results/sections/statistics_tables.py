"""Intervals and paired differences on each problem and across problems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.reading.methods import PROBLEM, Problem, by_problem
from results.scores import Quantity
from results.sections import across_tables as over_problems
from results.sections.section import Section
from results.sections.verdicts import judged
from results.statistics.differences import p_in_words
from results.statistics.equivalence import OTHERS, REGION
from results.statistics.intervals import Interval, bootstrap_interval, in_columns, interquartile_mean
from results.writing.columns import SEEDS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import Table, filled

CAPTION = (
    "Test scores over the seeds that all compared methods share: mean with its 95 % t-interval, which assumes that "
    "scores are normally distributed over seeds; median and interquartile mean, from ten seeds on with 95 % percentile "
    "bootstrap intervals. Difference: mean over seeds of the paired difference from the best method, with its 95 % "
    "t-interval; p: two-sided paired t-test; both Bonferroni-corrected for the number of differences in the table. "
    "Verdict: equivalent if this interval lies within {region} of 0, else worse if it excludes 0, else unknown. "
    "The best mean and those that do not differ significantly from it are {best}."
)

COLUMNS: Columns = {
    "seeds": Column("integer", "compared seeds with a score", SEEDS),
    "lost": Column("integer", "seeds without a score, which count against the method", SEEDS),
    "mark": Column("string", "best, tie if not significantly different from the best, or empty"),
    "compared": Column("boolean", "false if the method shares too few seeds with the others"),
    "mean": Column("number", "mean over seeds, in the unit of the score", marked=True),
    "deviation": Column("number", "standard deviation over seeds, with n - 1 in the denominator"),
    "median": Column("number", "median over seeds"),
    "interquartile_mean": Column("number", "mean of the middle half of the seeds"),
    "best": Column("string", "the method that the difference is taken from"),
    "paired_seeds": Column("integer", "seeds that both methods have a score for", SEEDS),
    "difference": Column("number", "mean paired difference from the best method, in the unit of the score"),
    "p": Column("number", "p-value of the two-sided paired t-test, Bonferroni-corrected"),
    "verdict": Column("string", "compared with the best method: worse, equivalent or unknown"),
}


def section(experiment: Experiment) -> Section | None:
    comparison, region = experiment.comparison, experiment.options.region
    frame, across = statistics(comparison, region), over_problems.across(comparison)
    if frame.empty:
        return None
    tables, data = statistics_tables(frame, comparison, region), {"statistics": Data(frame, COLUMNS)}
    if not across.empty:
        tables += over_problems.across_tables(across, comparison)
        data["across"] = Data(across, over_problems.COLUMNS)
    return Section("statistics", "Statistics", tables, over_problems.across_figures(comparison), data)


def statistics(comparison: Comparison, region: float = REGION) -> pd.DataFrame:
    """One row for each method with scores, for each problem and score, the best method first.

    Args:
        comparison: the methods, problems and scores.
        region: half-width of the region of practical equivalence of bounds, nats.
    """
    rows = [row for quantity in comparison.quantities for row in _rows(comparison, quantity, region)]
    return pd.DataFrame(rows)


def _rows(comparison: Comparison, quantity: Quantity, region: float) -> Iterable[dict[str, Any]]:
    rows, verdicts = [], {row["method"]: row["verdict"] for row in judged(comparison, quantity, region=region)}
    for method, entry in comparison.scored(quantity).items():
        choice, gap = comparison.choice(method, quantity.problem), entry.difference
        assert choice is not None
        rows.append(
            quantity.problem._asdict()
            | {"score": quantity.score, "method": method, "setting": choice.setting or ""}
            | {"seeds": len(entry.values), "lost": entry.lost, "mark": entry.mark, "compared": entry.compared}
            | in_columns("mean", entry.interval)
            | {"deviation": entry.deviation}
            | in_columns("median", bootstrap_interval(entry.values, np.median))
            | in_columns("interquartile_mean", bootstrap_interval(entry.values, interquartile_mean))
            | {"best": comparison.standings[quantity].best, "paired_seeds": gap.seeds if gap else None}
            | in_columns("difference", gap.mean if gap else Interval(np.nan, np.nan, np.nan))
            | {"p": gap.p if gap else np.nan, "verdict": verdicts.get(method, "") if gap and gap.seeds > 1 else ""}
        )
    return sorted(rows, key=lambda row: (row["mark"] != "best", not row["compared"], quantity.sign * row["mean"]))


def statistics_tables(frame: pd.DataFrame, comparison: Comparison, region: float = REGION) -> list[Table]:
    """One table for each problem and score."""
    return [_table(rows, comparison, region) for rows in by_problem(frame, "score")]


def _table(rows: pd.DataFrame, comparison: Comparison, region: float) -> Table:
    quantity = Quantity(Problem.of_row(rows.iloc[0]), str(rows["score"].iloc[0]))
    within = f"{region:g} nats" if quantity.is_bound or quantity.describes else f"{OTHERS:g}"
    shown = rows.assign(method=rows["method"].map(comparison.label), p=rows["p"].map(p_in_words))
    shown = shown.drop(columns=[*PROBLEM, "score", "compared", "deviation", "best", "paired_seeds"])
    shown = shown if rows["lost"].any() else shown.drop(columns="lost")
    in_unit = ("mean", "median", "interquartile_mean", "difference")
    columns = {**COLUMNS, **{column: COLUMNS[column]._replace(decimals=quantity.decimals) for column in in_unit}}
    return Table(filled(shown), columns, quantity.title, CAPTION.replace("{region}", within))
