"""Verdicts against a reference: better, worse, equivalent or unknown, with a region of practical equivalence.

The tables of statistics have the verdicts against the best method, so this section is made for another reference only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.reading.methods import PROBLEM, Problem, by_problem
from results.scores import Quantity
from results.sections.section import Section
from results.statistics.differences import difference
from results.statistics.equivalence import OTHERS, REGION, verdict
from results.statistics.intervals import in_columns
from results.statistics.standing import Standing
from results.writing.columns import SEEDS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import Table

CAPTION = (
    "Difference: mean over seeds of the paired difference from {reference}, with its 95 % t-interval, "
    "Bonferroni-corrected for the number of differences in the table. Equivalent: the interval lies within {region} of "
    "0 (two one-sided tests, TOST). Better, worse: it does not, and excludes 0. Unknown: neither holds, or the method "
    "would be better or equivalent but lost a larger share of its seeds than the reference."
)

COLUMNS: Columns = {
    "reference": Column("string", "the method that this one is compared with"),
    "paired_seeds": Column("integer", "seeds that both methods have a score for", SEEDS, heading=("seeds",)),
    "difference": Column("number", "mean paired difference from the reference, in the unit of the score"),
    "region": Column("number", "largest difference between equivalent methods, in the unit of the score"),
    "verdict": Column("string", "better, worse, equivalent or unknown"),
}


def section(experiment: Experiment) -> Section | None:
    """None without a reference, or if no problem has two seeds of two methods."""
    comparison, options = experiment.comparison, experiment.options
    if not options.reference:
        return None
    verdicts = pd.DataFrame(
        [
            row
            for quantity in comparison.quantities
            for row in judged(comparison, quantity, options.reference, options.region)
        ]
    )
    if verdicts.empty or verdicts["difference_low"].isna().all():
        return None
    tables = [_table(rows, comparison) for rows in by_problem(verdicts, "score")]
    data = {"verdicts": Data(verdicts, COLUMNS)}
    return Section("verdicts", "Verdicts", tables, data=data, printed=True)


def judged(
    comparison: Comparison, quantity: Quantity, reference: str = "", region: float = REGION
) -> Iterator[dict[str, Any]]:
    """One row for each method that is compared with the reference by one score, the best first.

    Args:
        comparison: the methods, problems and scores.
        quantity: the score, and the problem that it is of.
        reference: name of a method or of its estimator; the best method if empty. If it is not among the methods
            compared, there are no rows.
        region: half-width of the region of practical equivalence of bounds, nats; that of other scores is
            :data:`results.statistics.equivalence.OTHERS`.
    """
    standing = comparison.standings[quantity]
    baseline = _method(comparison, reference) if reference else standing.best
    if baseline not in standing.scores or quantity.describes:
        return
    others = [method for method in standing.scores if method != baseline and len(standing.values(method))]
    gaps = {method: difference(standing.scores[method], standing.scores[baseline], len(others)) for method in others}
    within = region if quantity.is_bound else OTHERS
    for method in sorted(others, key=lambda other: gaps[other].mean.value):
        gap = gaps[method]
        lost_more = _lost_share(standing, method) > _lost_share(standing, baseline)
        yield (
            quantity.problem._asdict()
            | {"score": quantity.score, "method": method, "reference": baseline, "paired_seeds": gap.seeds}
            | in_columns("difference", quantity.in_own_unit(gap).mean)
            | {"region": within, "verdict": verdict(gap, within, lost_more=lost_more)}
        )


def _lost_share(standing: Standing, method: str) -> float:
    """The share of the compared seeds that a method lost."""
    return 1 - len(standing.values(method)) / len(standing.seeds)


def _method(comparison: Comparison, name: str) -> str | None:
    """The method with this name, or else with the estimator of this name."""
    methods = comparison.methods
    return name if name in methods else next((m for m, estimator in methods.items() if estimator == name), None)


def _table(rows: pd.DataFrame, comparison: Comparison) -> Table:
    quantity = Quantity(Problem.of_row(rows.iloc[0]), str(rows["score"].iloc[0]))
    reference = comparison.label(str(rows["reference"].iloc[0]))
    region = f"{rows['region'].iloc[0]:g} {quantity.unit}".rstrip()
    shown = rows.assign(method=rows["method"].map(comparison.label))
    shown = shown.drop(columns=[*PROBLEM, "score", "reference", "region"])
    columns = {**COLUMNS, "difference": COLUMNS["difference"]._replace(decimals=quantity.decimals)}
    caption = CAPTION.replace("{reference}", reference).replace("{region}", region)
    return Table(shown, columns, quantity.title, caption)
