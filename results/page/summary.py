"""The top of the page, in words: what ran, what won and whether that is more than noise, what failed, the command."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from results.comparison import Comparison, Quantity
from results.experiment import Experiment
from results.page.command import command_of
from results.page.places import shortened
from results.reading.statuses import DONE, SKIPPED
from results.statistics.standing import Standing

FEW = 4
"""Values that are all named; of more, their range and number."""

MOST_REASONS = 5
"""Of cells that failed, each named once."""


class Summary(NamedTuple):
    """``ran``: facts by their names; ``found`` and ``failed``: a sentence each; ``command``: empty if not known."""

    ran: dict[str, str]
    found: list[str]
    failed: list[str]
    command: str


def summary(experiment: Experiment) -> Summary:
    """Of everything that is in a folder."""
    results, comparison = experiment.results, experiment.comparison
    found = [words for quantity in comparison.quantities if (words := verdict(comparison, quantity))]
    found = found or list(_on_validation(comparison))
    return Summary(what_ran(experiment), found, list(_failed(experiment)), command_of(results))


def what_ran(experiment: Experiment) -> dict[str, str]:
    """What all cells have in common, and what differs among them."""
    cells, comparison = experiment.results.cells, experiment.comparison
    facts = {
        "estimators": str(cells["estimator"].nunique()),
        "tasks": _values(cells, "task"),
        "data": _values(cells, "data"),
        "steps": _values(cells, "runner.steps"),
        "batch size": _values(cells, "runner.batch_size"),
        "m of the bound": _values(cells, "bound_samples") or _values(cells, "runner.bound_samples"),
        "seeds": _values(cells, "seed"),
        "learning rates": _values(cells, "optimizer.lr"),
    }
    tried = pd.Series([choice.tried for choice in comparison.choices])
    if len(tried) and tried.max() > 1:
        facts["settings of a method"] = _range(tried)
    return {name: words for name, words in facts.items() if words}


def _values(cells: pd.DataFrame, column: str) -> str:
    if column not in cells:
        return ""
    found = list(cells[column].dropna().unique())
    if len(found) > FEW and pd.api.types.is_numeric_dtype(cells[column]):
        return f"{_range(cells[column].dropna())} ({len(found)} values)"
    return ", ".join(_number(value) for value in sorted(found, key=lambda value: (isinstance(value, str), value)))


def _range(values: pd.Series) -> str:
    low, high = values.min(), values.max()
    return _number(low) if low == high else f"{_number(low)} to {_number(high)}"


def _number(value: Any) -> str:
    return str(value) if isinstance(value, str) else f"{value:,g}" if value < 1e6 else f"{value:,.0f}"


def verdict(comparison: Comparison, quantity: Quantity) -> str:
    """What is best by a score, what cannot be distinguished from it, and by how much the next is worse."""
    found, decimals = comparison.standings[quantity], quantity.decimals
    if found.best is None:
        return ""
    best = comparison.entry(found.best, quantity)
    unit = f" {quantity.unit}" if quantity.unit else ""
    seeds = f"{len(found.seeds)} seed{'s' if len(found.seeds) != 1 else ''}"
    said = f"{quantity.problem.place}, {quantity.name}: {comparison.label(found.best)} is best"
    said += f" with {best.mean:,.{decimals}f}{unit} ({seeds})." if best else "."
    ties = [comparison.label(method) for method, mark in found.marks.items() if mark == "tie"]
    if ties:
        said += f" Not distinguished from it: {_listed(ties)}."
    return said + _distance(comparison, quantity, found)


def _distance(comparison: Comparison, quantity: Quantity, found: Standing) -> str:
    """How far the best of those is behind that are not marked."""
    behind = {method: gap for method, gap in found.differences.items() if not found.marks[method] and gap.seeds}
    if not behind:
        return ""
    method = min(behind, key=lambda name: behind[name].mean.value)
    gap, decimals, unit = behind[method].mean, quantity.decimals, f" {quantity.unit}" if quantity.unit else ""
    said = f" The next, {comparison.label(method)}, is {gap.value:,.{decimals}f}{unit} worse"
    if math.isnan(gap.low):
        return f"{said}; one seed does not tell whether that is noise."
    limits = f"[{gap.low:,.{decimals}f}, {gap.high:,.{decimals}f}]"
    more = "more than noise" if behind[method].significant else "within noise"
    return f"{said}, {more}: paired 95 % interval {limits}."


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 2 * FEW else f"{', '.join(names[:FEW])} and {len(names) - FEW} others"


def _on_validation(comparison: Comparison) -> Iterator[str]:
    """Where no cell has a test score: the best validation score of each problem, which was chosen as such."""
    for problem in comparison.problems:
        known = [
            (value, choice.method, choice.score)
            for choice in comparison.choices
            if choice.problem == problem and choice.score
            for value in choice.validation.values()
            if not math.isnan(value)
        ]
        if known:
            value, method, score = min(known)
            name = str(score).removeprefix("valid_").replace("_", " ")
            yield (
                f"{problem.place}: no cell has a test score. The lowest {name} on validation is {value:,.2f} nats, "
                f"of {comparison.label(method)}; as the lowest of {len(known)} it is too good to be expected again."
            )


def _failed(experiment: Experiment) -> Iterator[str]:
    cells = experiment.results.cells
    ended = cells[~cells["status"].isin([DONE, SKIPPED])]
    grouped = ended.groupby(["status", "estimator"], sort=False)
    groups = [(str(status), str(estimator), rows) for (status, estimator), rows in grouped]
    for status, estimator, rows in groups[:MOST_REASONS]:
        reasons = rows["reason"].dropna()
        why = f": {shortened(str(reasons.iloc[0]))}" if len(reasons) and status != "missing" else ""
        yield f"{len(rows)} {status}: {experiment.label(estimator)}{why}"
    if len(groups) > MOST_REASONS:
        rest = sum(len(rows) for _, _, rows in groups[MOST_REASONS:])
        yield f"{rest} more that are not done; the table of cells has them all."
