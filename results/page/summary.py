"""The summary at the top of the page: what ran, which method is best and whether significantly, what failed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.page.command import command_of
from results.page.places import shortened
from results.reading.asked import note_of
from results.reading.order import in_order
from results.reading.statuses import DONE, SKIPPED
from results.scores import Quantity
from results.statistics.standing import Standing

FEW = 4
"""Up to this many values are listed; of more, their range and number."""

MOST_REASONS = 5
"""Maximum number of groups of failed cells that are listed."""


class Summary(NamedTuple):
    """What the page says first.

    Attributes:
        ran: facts by name.
        found, failed: sentences.
        note: what the experiment says about what it shows; empty if nothing.
        skipped: the number of cells whose estimators do not apply to their tasks.
        command: empty if unknown.
    """

    ran: dict[str, str]
    found: list[str]
    note: str
    failed: list[str]
    skipped: int
    command: str


def summary(experiment: Experiment, of_sections: Sequence[str] = ()) -> Summary:
    """The summary of a folder of cells, with the sentences of its sections."""
    results, comparison = experiment.results, experiment.comparison
    found = [sentences for quantity in comparison.quantities if (sentences := verdict(comparison, quantity))]
    found = [*(found or _on_validation(comparison)), *of_sections]
    skipped, note = int((results.cells["status"] == SKIPPED).sum()), note_of(results.folder)
    return Summary(what_ran(experiment), found, note, list(_failed(experiment)), skipped, command_of(results))


def what_ran(experiment: Experiment) -> dict[str, str]:
    """The values that the cells have of the most important settings."""
    cells, comparison = experiment.results.cells, experiment.comparison
    facts = {
        "estimators": str(cells["estimator"].nunique()),
        "tasks": ", ".join(in_order(cells["task"].dropna())),
        "data": _values(cells, "data"),
        "steps": _values(cells, "runner.steps"),
        "batch size": _values(cells, "runner.batch_size"),
        "m of the bound": _values(cells, "bound_samples") or _values(cells, "runner.bound_samples"),
        "seeds": _values(cells, "seed"),
        "learning rates": _values(cells, "optimizer.lr"),
    }
    tried = pd.Series([choice.tried for choice in comparison.choices])
    if len(tried) and tried.max() > 1:
        facts["settings per method"] = _range(tried)
    return {name: text for name, text in facts.items() if text}


def _values(cells: pd.DataFrame, column: str) -> str:
    if column not in cells:
        return ""
    values = list(cells[column].dropna().unique())
    if len(values) > FEW and pd.api.types.is_numeric_dtype(cells[column]):
        return f"{_range(cells[column].dropna())} ({len(values)} values)"
    return ", ".join(_number(value) for value in sorted(values, key=lambda value: (isinstance(value, str), value)))


def _range(values: pd.Series) -> str:
    low, high = values.min(), values.max()
    return _number(low) if low == high else f"{_number(low)} to {_number(high)}"


def _number(value: Any) -> str:
    return str(value) if isinstance(value, str) else f"{value:,g}" if value < 1e6 else f"{value:,.0f}"


def verdict(comparison: Comparison, quantity: Quantity) -> str:
    """The best method by a score, the methods not significantly different from it, and how much worse the next is."""
    standing, decimals = comparison.standings[quantity], quantity.decimals
    if standing.best is None:
        return ""
    best = comparison.entry(standing.best, quantity)
    unit = f" {quantity.unit}" if quantity.unit else ""
    seeds = f"{len(standing.seeds)} seed{'s' if len(standing.seeds) != 1 else ''}"
    text = f"{quantity.problem.place}, {quantity.name}: {comparison.label(standing.best)} is best"
    text += f" with {best.mean:,.{decimals}f}{unit} ({seeds})." if best else "."
    ties = [comparison.label(method) for method, mark in standing.marks.items() if mark == "tie"]
    if ties:
        text += f" Not significantly different: {_listed(ties)}."
    return text + _distance(comparison, quantity, standing)


def _distance(comparison: Comparison, quantity: Quantity, standing: Standing) -> str:
    """How much worse the next method is that is not highlighted."""
    behind = {method: gap for method, gap in standing.differences.items() if not standing.marks[method] and gap.seeds}
    if not behind:
        return ""
    method = min(behind, key=lambda name: behind[name].mean.value)
    gap, decimals, unit = behind[method].mean, quantity.decimals, f" {quantity.unit}" if quantity.unit else ""
    text = f" The next method, {comparison.label(method)}, is {gap.value:,.{decimals}f}{unit} worse"
    if math.isnan(gap.low):
        return f"{text}; with one seed, this may be noise."
    limits = f"[{gap.low:,.{decimals}f}, {gap.high:,.{decimals}f}]"
    significance = "significant" if behind[method].significant else "not significant"
    return f"{text}, which is {significance}: paired 95 % interval {limits}."


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 2 * FEW else f"{', '.join(names[:FEW])} and {len(names) - FEW} others"


def _on_validation(comparison: Comparison) -> Iterator[str]:
    """The lowest validation score on each problem, for cells without test scores."""
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
                f"{problem.place}: no cell has a test score. The lowest {name} on validation is {value:,.2f} nats "
                f"({comparison.label(method)}); as the minimum over {len(known)} scores it is biased downwards."
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
        others = sum(len(rows) for _, _, rows in groups[MOST_REASONS:])
        yield f"{others} more that are not done; the table of cells lists all."
