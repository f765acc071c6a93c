"""The comparison table: test bounds of methods on problems, with how many cells stand behind them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from results.comparison import Comparison, Problem, in_words
from results.statistics import interval

STATUSES = ["done", "diverged", "failed", "crashed", "timeout", "skipped", "interrupted", "running", "missing"]
"""The order in which statuses are counted; "missing" is a cell that a sweep asked for and that has no folder."""


class Quantity(NamedTuple):
    """A column of scores: on which problem, and which one.

    Bounds are negative, so lower is better, with two decimals of nats; further scores of a task are better when higher,
    and have three decimals.
    """

    problem: Problem
    name: str = "negative_bound"

    @property
    def is_bound(self) -> bool:
        return self.name == "negative_bound"

    @property
    def decimals(self) -> int:
        return 2 if self.is_bound else 3

    @property
    def heading(self) -> tuple[str, ...]:
        return self.problem.heading if self.is_bound else (*self.problem.heading[:2], self.name)

    def best_of(self, means: Iterable[float]) -> float:
        """The best mean, as printed."""
        known = [mean for mean in means if not math.isnan(mean)]
        return round((min if self.is_bound else max)(known, default=math.nan), self.decimals)


@dataclass(frozen=True)
class Score:
    """A score of one method on one problem.

    Attributes:
        mean, deviation: over the seeds that are done; the deviation has n - 1 in its denominator.
        statuses: of the method's cells on the problem, done or not.
        best: no method has a better mean on the problem, to the decimals that are printed, or the best method's 95 %
            interval over seeds contains this one's mean.
        decimals: that are printed.
    """

    mean: float
    deviation: float
    statuses: list[str]
    best: bool
    decimals: int

    @property
    def done(self) -> int:
        return self.statuses.count("done")


@dataclass(frozen=True)
class Table:
    """Entries under headings of one or more lines, with a note for each thing that went wrong.

    The description says ``{best}`` where a format tells how it sets off the best mean.
    """

    headings: list[tuple[str, ...]]
    rows: list[list[str | Score]]
    notes: list[str]
    description: str

    def caption(self, best: str) -> str:
        return self.description.format(best=best)


def tabulate(comparison: Comparison, notes: Iterable[str] = ()) -> Table:
    """The table of a comparison, with further notes below its own."""
    problems = comparison.problems
    quantities = [quantity for problem in problems for quantity in quantities_on(problem, comparison)]
    best = {quantity: _best_means(quantity, comparison.on(quantity.problem)) for quantity in quantities}
    rows: list[list[str | Score]] = []
    for method, (estimator, *settings) in zip(
        comparison.methods.index, comparison.methods.itertuples(index=False), strict=True
    ):
        cells = comparison.cells[comparison.cells["method"] == method]
        parts = {problem: cells[[found == problem for found in cells["problem"]]] for problem in problems}
        scores = [_score(quantity, parts[quantity.problem], best[quantity]) for quantity in quantities]
        speeds = " / ".join(speed_in_words(done(parts[problem])["steps_per_second"].median()) for problem in problems)
        rows.append([str(estimator), *map(in_words, settings), *scores, speeds, counts(cells["status"])])
    return Table(
        headings=[
            ("estimator",),
            *((key,) for key in comparison.settings),
            *(quantity.heading for quantity in quantities),
            ("steps/s",),
            ("cells",),
        ],
        rows=rows,
        notes=[
            *_unfinished(comparison),
            *_following(comparison),
            *_mixed_machines(comparison.cells),
            *_mixed_draws(comparison.cells),
            *_mixed_versions(comparison.cells),
            *notes,
        ],
        description=_description(problems, quantities),
    )


def _description(problems: Sequence[Problem], quantities: Sequence[Quantity]) -> str:
    others = "" if all(quantity.is_bound for quantity in quantities) else "; other scores, higher is better"
    order = ", in the order of the columns" if len(problems) > 1 else ""
    return (
        f"Negative m-sample bound on the test set in nats, lower is better{others}: mean ± standard "
        "deviation over seeds, with (seeds done/all) where some are not done. "
        "The best mean of each column, and what lies within its 95 % interval, is {best}. "
        f"steps/s: median over seeds{order}."
    )


def quantities_on(problem: Problem, comparison: Comparison) -> list[Quantity]:
    """The bound and the further scores that some cell of the problem has, those with a validation score of the name."""
    cells = comparison.on(problem)
    known = [str(name) for name in cells if f"valid_{name}" in cells and not str(name).startswith("negative_")]
    return [Quantity(problem), *(Quantity(problem, name) for name in known if cells[name].notna().any())]


def counts(statuses: Sequence[str] | pd.Series) -> str:
    """``"4/6 done, 1 diverged, 1 missing"``."""
    found = list(statuses)
    others = [
        status for status in dict.fromkeys([*STATUSES, *sorted(set(found))]) if status in found and status != "done"
    ]
    return ", ".join([f"{found.count('done')}/{len(found)} done", *(f"{found.count(s)} {s}" for s in others)])


def speed_in_words(steps_per_second: float) -> str:
    if math.isnan(steps_per_second):
        return "–"  # noqa: RUF001 - a dash for no value
    return f"{steps_per_second:.0f}" if steps_per_second >= 10 else f"{steps_per_second:.2g}"


def done(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells whose scores count."""
    return cells[cells["status"] == "done"]


def _is_whole(cells: pd.DataFrame) -> bool:
    """Whether all cells of a method are done."""
    return bool((cells["status"] == "done").all())


class Best(NamedTuple):
    """The best mean on a problem, as printed, and the ends of its 95 % interval, NaN with one seed; ``whole``: whether
    it is that of a method whose cells are all done, which only such methods tie with."""

    mean: float
    low: float
    high: float
    whole: bool

    def ties(self, mean: float, decimals: int) -> bool:
        return round(mean, decimals) == self.mean or self.low <= mean <= self.high


def _best_means(quantity: Quantity, cells: pd.DataFrame) -> Best:
    values = {method: done(of_method)[quantity.name] for method, of_method in cells.groupby("method")}
    # The mean of those that survived is no mean over seeds, so it is the best only where no method is whole.
    whole = {method: values[method] for method, of_method in cells.groupby("method") if _is_whole(of_method)}
    values = whole or values
    means = {method: found.mean() for method, found in values.items() if len(found)}
    best = quantity.best_of(means.values())
    first = next((method for method, mean in means.items() if round(mean, quantity.decimals) == best), None)
    return Best(best, *interval([] if first is None else values[first])[1:], whole=bool(whole))


def _score(quantity: Quantity, cells: pd.DataFrame, best: Best) -> Score:
    values = done(cells)[quantity.name]
    mean = float(values.mean())
    is_best = best.ties(mean, quantity.decimals) and (_is_whole(cells) or not best.whole)
    return Score(mean, float(values.std(ddof=1)), list(cells["status"]), is_best, quantity.decimals)


def _unfinished(comparison: Comparison) -> list[str]:
    """One line for each way in which cells of a method on a problem are not done."""
    notes = []
    cells = comparison.cells[comparison.cells["status"] != "done"]
    # What a missing cell was asked for with is in cells.csv; here it would repeat the line's own words.
    reasons = (
        cells["reason"].where(cells["status"] != "missing").fillna("").astype(str).str.replace(r"\n.*", "", regex=True)
    )
    cells = cells.assign(reason=reasons, where=[_place(problem) for problem in cells["problem"]])
    for (method, where, status, reason), group in cells.groupby(["method", "where", "status", "reason"]):
        seeds = ", ".join(str(seed) for seed in group["seed"].dropna()) or "?"
        notes.append(f"{method} on {where}, seed {seeds}: {status}" + (f" ({reason})" if reason else ""))
    return notes


def _following(comparison: Comparison) -> list[str]:
    """Names the settings that have no column because they follow from those that have."""
    shown, following = comparison.settings, comparison.following
    return [f"along with {', '.join(shown)} there also differs: {', '.join(following)}"] if following else []


def _place(problem: Problem) -> str:
    return f"{problem.task} ({problem.data})"


def _mixed_machines(cells: pd.DataFrame) -> list[str]:
    """Speeds can be set against each other only if they were taken alike."""
    keys = [key for key in ("device", "processor", "threads") if key in cells and cells[key].nunique() > 1]
    values = [f"{key}: {', '.join(map(str, sorted(cells[key].dropna().unique())))}" for key in keys]
    return (
        [f"steps/s cannot be compared between all cells; they ran with different {'; '.join(values)}"] if keys else []
    )


def _mixed_draws(cells: pd.DataFrame) -> list[str]:
    """Such numbers have one distribution, but seeds are not paired by their noise."""
    names = {"device": "device", "threads": "threads", "replicas": "cells in a program", "cuda_graph": "CUDA graph"}
    found = {name: sorted(cells[key].dropna().astype(str).unique()) for key, name in names.items() if key in cells}
    mixed = [f"{name}: {', '.join(values)}" for name, values in found.items() if len(values) > 1]
    return [f"the scores have the same distribution but not the same draws; they have {'; '.join(mixed)}"] * bool(mixed)


def _mixed_versions(cells: pd.DataFrame) -> list[str]:
    """Numbers from different versions of the code or of PyTorch may differ for that reason alone."""
    names = {"torch_version": "PyTorch", "commit": "commits"}
    found = {key: sorted(cells[key].dropna().unique()) for key in names if key in cells}
    mixed = [f"{names[key]} {', '.join(values)}" for key, values in found.items() if len(values) > 1]
    return [f"the cells were made by different versions: {'; '.join(mixed)}"] if mixed else []
