"""Better, worse, equivalent or unknown: how methods stand to a reference, with a region of practical equivalence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from results.comparison import BOUND, Comparison, Quantity, in_own_unit
from results.experiment import Experiment
from results.reading.methods import Problem
from results.sections.section import Section
from results.statistics.differences import difference
from results.statistics.equivalence import OTHERS, REGION, verdict
from results.statistics.intervals import in_columns
from results.statistics.standing import Standing
from results.writing.columns import SEEDS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import Table

CAPTION = (
    "Difference to {reference}, seed by seed, with t-intervals that hold at 95 % for all methods together. Equivalent: "
    "the interval lies within {region} of 0 (two one-sided tests); better, worse: it does not, and is "
    "without 0; unknown: the seeds do not tell, or a method lost more of them than the reference."
)

COLUMNS: Columns = {
    "reference": Column("string", "the method that the difference is to"),
    "paired_seeds": Column("integer", "that both methods have", SEEDS, heading=("seeds",)),
    "difference": Column("number", "to the reference, seed by seed, in the unit of the score"),
    "region": Column("number", "what equivalent methods differ by at most, in the unit of the score"),
    "verdict": Column("string", "better, worse, equivalent or unknown"),
}

PLACES = ["task", "data", "bound_samples", "conditions", "score"]
"""What a table is about."""


def section(experiment: Experiment) -> Section | None:
    """None where no problem has two seeds of two methods."""
    comparison, options = experiment.comparison, experiment.options
    rows = [
        row for each in comparison.quantities for row in judged(comparison, each, options.reference, options.region)
    ]
    found = pd.DataFrame(rows)
    if found.empty or found["difference_low"].isna().all():
        return None
    tables = [_table(own, comparison) for _, own in found.groupby(PLACES, dropna=False, sort=False)]
    data = {"verdicts": Data(found, COLUMNS)}
    return Section("verdicts", "Verdicts", tables, data=data, printed=bool(options.reference))


def judged(
    comparison: Comparison, quantity: Quantity, reference: str = "", region: float = REGION
) -> Iterator[dict[str, Any]]:
    """One row for each other method that is compared by a score, the best first.

    Args:
        comparison: of which.
        quantity: by which score.
        reference: a method or an estimator; the best, where it is empty. Where it is not compared, there are no rows.
        region: half of the region of practical equivalence of bounds, nats; other scores have
            :data:`results.statistics.equivalence.OTHERS`.
    """
    found = comparison.standings[quantity]
    of = _named(comparison, reference) if reference else found.best
    if of not in found.scores or quantity.describes:
        return
    others = [method for method in found.scores if method != of and len(found.values(method))]
    gaps = {method: difference(found.scores[method], found.scores[of], len(others)) for method in others}
    within = region if quantity.is_bound else OTHERS
    for method in sorted(others, key=lambda each: gaps[each].mean.value):
        gap = gaps[method]
        yield (
            quantity.problem._asdict()
            | {"score": quantity.score, "method": method, "reference": of, "paired_seeds": gap.seeds}
            | in_columns("difference", in_own_unit(gap, quantity).mean)
            | {"region": within, "verdict": verdict(gap, within, lost_more=_share(found, method) > _share(found, of))}
        )


def _share(found: Standing, method: str) -> float:
    """Of the seeds that are compared, how many it lost."""
    return 1 - len(found.values(method)) / len(found.seeds)


def _named(comparison: Comparison, reference: str) -> str | None:
    """The method of a name, which may be that of its estimator."""
    methods = comparison.methods
    return reference if reference in methods else next((m for m, name in methods.items() if name == reference), None)


def _table(rows: pd.DataFrame, comparison: Comparison) -> Table:
    quantity = Quantity(Problem.of_row(rows.iloc[0]), str(rows["score"].iloc[0]))
    name, decimals = quantity.problem.name, quantity.decimals
    region, unit = rows["region"].iloc[0], f" {quantity.unit}" if quantity.unit else ""
    words = CAPTION.replace("{reference}", comparison.label(str(rows["reference"].iloc[0])))
    shown = rows.assign(method=rows["method"].map(comparison.label))
    shown = shown.drop(columns=[*PLACES, "reference", "region"])
    columns = {**COLUMNS, "difference": COLUMNS["difference"]._replace(decimals=decimals)}
    title = name if quantity.score == BOUND else f"{name}: {quantity.name}"
    return Table(shown, columns, title, words.replace("{region}", f"{region:g}{unit}"))
