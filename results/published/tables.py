"""Tables about published cells for pages, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from results.published.study import Study, limits
from results.reading.collect import Results
from results.reading.methods import Problem
from results.scores import BOUND, Entry, Quantity
from results.sections.sensitivity import by_rate
from results.statistics.intervals import Interval
from results.writing.columns import Column
from results.writing.formats import as_markdown
from results.writing.tables import NONE, Marked, Table


class TabulatedStudy(Study):
    """A study whose methods can be shown side by side.

    Args:
        results: the cells and their curves.
        costs: cost of a step by estimator and task, in steps of Gumbel-Softmax; missing entries are left out.
    """

    def __init__(self, results: Results, costs: Mapping[tuple[str, str], float] | None = None) -> None:
        super().__init__(results)
        self.costs = costs or {}

    def chosen(self) -> str:
        """A table: the chosen setting of each method on each task, and its validation bound."""
        problems = {task: self._problem(task) for task in self.tasks()}
        settings = {
            method: {task: self._choice_in_words(method, problem) for task, problem in problems.items()}
            for method in self.comparison.methods
        }
        rows = [{"estimator": self.label(method)} | by_task for method, by_task in settings.items()]
        return as_markdown(Table(pd.DataFrame(rows, dtype=object), _columns(problems)))

    def settings(self, method: str) -> str:
        """A table: bounds of a method's settings, on tasks where it has several, nats; the chosen one is bold."""
        choices = {task: self.comparison.choice(method, self._problem(task)) for task in self.tasks()}
        rows = [
            {
                "task": task,
                "setting": setting,
                "validation": Marked(f"{validation:.2f}", "", validation, setting == choice.setting),
                "test": f"{choice.cells.loc[choice.cells['setting'] == setting, BOUND].mean():.2f}",
            }
            for task, choice in choices.items()
            if choice is not None and choice.competed > 1
            for setting, validation in sorted(choice.validation.items(), key=lambda item: item[1])
        ]
        return as_markdown(Table(pd.DataFrame(rows, dtype=object)))

    def auxiliary_rates(self) -> str:
        """A table: the lowest validation bound for each learning rate of the estimators' own parameters, nats.

        There is one row per method and task on which several rates were tried; the chosen rate is highlighted.
        """
        rates = by_rate(self.comparison, "auxiliary_optimizer.lr")
        rows = [
            {"estimator": self.label(str(method)), "task": task}
            | {
                f"{rate:g}": Marked(f"{score:.2f}", "", score, bool(chosen))
                for rate, score, chosen in entries[["learning_rate", "validation", "chosen"]].itertuples(index=False)
            }
            for (method, task), entries in rates.groupby(["method", "task"], sort=False)
        ]
        headings = [f"{rate:g}" for rate in sorted(rates["learning_rate"].unique())]
        frame = pd.DataFrame(rows, columns=["estimator", "task", *headings], dtype=object)
        return as_markdown(Table(frame, _columns(headings)))

    def overview(self) -> str:
        """A table: mean test bound ± half its 95 % interval of each method on each task, nats.

        Methods are in the order of their mean on the first task; methods without one follow in the order of their mean
        on the second task, and so on.
        """
        entries = {method: self._test_bounds(method) for method in self.comparison.methods}
        ordered = sorted(
            (method for method, bounds in entries.items() if bounds),
            key=lambda method: tuple(
                entries[method][task].mean if task in entries[method] else np.inf for task in self.tasks()
            ),
        )
        rows = [
            {"estimator": self.label(method)}
            | {task: _with_half_width(entries[method][task]) for task in self.tasks() if task in entries[method]}
            | {"cost per step": self._cost_in_words(method)}
            for method in ordered
        ]
        headings = ["estimator", *self.tasks(), *(["cost per step"] if self.costs else [])]
        return as_markdown(Table(pd.DataFrame(rows, columns=headings, dtype=object), _columns(self.tasks())))

    def by_scores(self, task: str, *scores: str) -> str:
        """A table: mean test scores ± half their 95 % intervals on a task, with the best by the first score first."""
        first, *others = [Quantity(self._problem(task), score) for score in scores]
        entries = self.comparison.scored(first)
        rows = []
        for method in sorted(entries, key=lambda method: first.sign * entries[method].mean):
            row = {"estimator": self.label(method), first.name: _with_half_width(entries[method])}
            row |= {each.name: _with_half_width(self.comparison.scored(each)[method]) for each in others}
            rows.append(row | {"seeds": str(len(entries[method].values))})
        return as_markdown(Table(pd.DataFrame(rows, dtype=object)))

    def standings(self, task: str) -> str:
        """A table of all methods on a task, the best first: test bound; validation at equal steps, evaluations, time.

        The evaluations are as many as there are steps; the time is that of as many steps of Gumbel-Softmax.
        """
        problem = self._problem(task)
        scored = sorted(self.comparison.scored(Quantity(problem)).items(), key=lambda item: item[1].mean)
        rows = [self._standing(method, entry, problem) for method, entry in scored]
        headings = ("estimator", f"test, m = {problem.bound_samples}", "seeds", "evaluations per step", "cost per step")
        headings += ("validation after all steps", "after as many evaluations", "after as much time")
        return as_markdown(Table(pd.DataFrame(rows, columns=headings, dtype=object)))

    def _test_bounds(self, method: str) -> dict[str, Entry]:
        """The entries of a method by task, where it has test bounds."""
        scored = {problem.task: self.comparison.scored(Quantity(problem)) for problem in self.comparison.problems}
        return {task: entries[method] for task, entries in scored.items() if method in entries}

    def _cost_in_words(self, method: str) -> str:
        """The cost of a step on each task, in steps of Gumbel-Softmax."""
        estimator = str(self.comparison.methods[method])
        costs = [self.costs.get((estimator, task), np.nan) for task in self.tasks()]
        return " / ".join(NONE if np.isnan(cost) else f"{cost:.1f}" for cost in costs)

    def _standing(self, method: str, entry: Entry, problem: Problem) -> list[str | Marked]:
        choice = self.comparison.choice(method, problem)
        assert choice is not None
        done = choice.done
        steps, evaluations = float(done["step"].max()), float(done["cost_evaluations"].max())
        cost = self.costs.get((str(self.comparison.methods[method]), problem.task), np.nan)
        test = Marked(f"{entry.mean:.2f}", limits(entry.interval), entry.mean, bool(entry.mark))
        curve = [self._after(done, steps / divisor) for divisor in (1.0, evaluations, cost)]
        return [
            self.label(method),
            test,
            str(len(entry.values)),
            f"{evaluations:,.0f}",
            NONE if np.isnan(cost) else f"{cost:.1f}",
            *curve,
        ]

    def _choice_in_words(self, method: str, problem: Problem) -> str:
        choice = self.comparison.choice(method, problem)
        if choice is None or np.isnan(choice.validated):
            return ""
        return f"{choice.validated:.2f}" + (f" ({choice.setting})" if choice.setting else "")


def _columns(names: Iterable[str]) -> dict[str, Column]:
    return {name: Column(heading=(name,)) for name in names}


def _with_half_width(entry: Entry) -> Marked:
    """``105.02 ± 0.22``, highlighted if it is the best or not significantly different from it."""
    decimals = entry.quantity.decimals
    return Marked(f"{entry.mean:.{decimals}f}", half_width(entry.interval, decimals), entry.mean, bool(entry.mark))


def half_width(interval: Interval, decimals: int) -> str:
    """``± 0.22``; empty if there is no interval."""
    half = (interval.high - interval.low) / 2
    return "" if np.isnan(half) else f"± {half:.{decimals}f}"


def markdown_table(rows: Sequence[Mapping[str, str]], headings: Sequence[str]) -> str:
    """A table of texts in Markdown; each row has a text for each heading."""
    return as_markdown(Table(pd.DataFrame(rows, columns=list(headings), dtype=object)))
