"""Numbers about published cells for pages."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.published.validation import lowest_step, mean_after
from results.reading.choices import Choice
from results.reading.collect import Results
from results.reading.curves import METRIC
from results.reading.methods import Problem
from results.reading.order import in_order
from results.scores import Entry, Quantity
from results.statistics.intervals import Interval
from results.writing.tables import NONE


class Study:
    """Cells of one experiment, compared.

    Args:
        results: the cells and their curves.
    """

    def __init__(self, results: Results) -> None:
        self.results = results

    @cached_property
    def comparison(self) -> Comparison:
        return Experiment(self.results).comparison

    @cached_property
    def validations(self) -> pd.DataFrame:
        """The validation scores during training, without the other curves: the entries of tables search them."""
        return self.results.curves[self.results.curves["metric"] == METRIC]

    @property
    def cells(self) -> int:
        """The number of cells that have begun."""
        return int((self.results.cells["status"] != "missing").sum())

    @property
    def hours(self) -> str:
        """Hours of training of all cells together."""
        cells = self.results.cells
        return f"{(cells['step'].astype('float64') / cells['steps_per_second']).sum() / 3600:.1f}"

    def tasks(self) -> list[str]:
        return in_order(problem.task for problem in self.comparison.problems)

    def label(self, method: str) -> str:
        """The name of a method in tables."""
        return self.comparison.label(method)

    def has(self, method: str, task: str) -> bool:
        """Whether the method has a test bound on the task."""
        return method in self.comparison.scored(Quantity(self._problem(task)))

    def entry(self, method: str, task: str) -> Entry:
        """The test bounds of the method's chosen setting.

        Raises:
            LookupError: there are none.
        """
        entry = self.comparison.scored(Quantity(self._problem(task))).get(method)
        if entry is None:
            raise LookupError(f"{method} has no test bound on {task}")
        return entry

    def choice(self, method: str, task: str) -> Choice:
        """The settings of the method, and the chosen one.

        Raises:
            LookupError: there are none.
        """
        choice = self.comparison.choice(method, self._problem(task))
        if choice is None:
            raise LookupError(f"{method} has no cells on {task}")
        return choice

    def mean(self, method: str, task: str) -> str:
        """``105.02``: the mean test bound of a method's chosen setting, nats."""
        return f"{self.entry(method, task).mean:.2f}"

    def interval(self, method: str, task: str) -> str:
        """``105.02 [104.80, 105.24]``: with its 95 % interval over seeds."""
        return _with_limits(self.entry(method, task).interval)

    def steps(self, method: str, task: str) -> int:
        """The number of steps of the method's chosen setting."""
        return int(self.choice(method, task).chosen["step"].max())

    def validation(self, method: str, task: str) -> str:
        """The mean validation bound of the method's chosen setting, nats."""
        return f"{self.choice(method, task).validated:.2f}"

    def after(self, method: str, task: str, steps: int) -> str:
        """The mean validation negative ELBO of the chosen setting after this number of steps, nats."""
        return self._after(self.choice(method, task).done, steps)

    def lowest(self, method: str, task: str) -> int:
        """The step at which the mean validation negative ELBO of the chosen setting was lowest."""
        return lowest_step(self.validations, self.choice(method, task).done["cell"])

    def _after(self, cells: pd.DataFrame, steps: float) -> str:
        value = mean_after(self.validations, cells["cell"], steps)
        return NONE if np.isnan(value) else f"{value:.2f}"

    def _problem(self, task: str) -> Problem:
        problems = [problem for problem in self.comparison.problems if problem.task == task]
        if len(problems) != 1:
            raise LookupError(f"{task}: {len(problems)} problems; one is needed")
        return problems[0]


def limits(interval: Interval) -> str:
    return "" if np.isnan(interval.low) else f"[{interval.low:.2f}, {interval.high:.2f}]"


def _with_limits(interval: Interval) -> str:
    return f"{interval.value:.2f} {limits(interval)}".rstrip()
