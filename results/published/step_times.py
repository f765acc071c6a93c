"""Tables and numbers about published step times for pages: milliseconds, and ratios of programs timed in turn."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from results.reading.collect import Results
from results.reading.labels import labelled
from results.reading.order import in_order
from results.sections.speed import REFERENCE, speed
from results.writing.columns import Column
from results.writing.escaping import for_markdown
from results.writing.formats import as_markdown
from results.writing.tables import NONE, Table

TASK = "vae_bernoulli"
"""The task on which all programs are timed."""

PROGRAMS = {
    "compiled": "the step as one compiled function, `runner.compile=true`",
    "jax": "JAX, compiled as a whole ([benchmarks/careful_jax.py](../benchmarks/careful_jax.py))",
    "step": "the step",
    "careful": "carefully written plain PyTorch ([benchmarks/careful.py](../benchmarks/careful.py))",
    "torch_compile": "carefully written PyTorch with its model under `torch.compile`",
    "tutorial": "plain PyTorch as in tutorials ([benchmarks/tutorial.py](../benchmarks/tutorial.py))",
    "floor": "the matrix products of the step alone",
}
"""Descriptions of the programs that make the same step."""


class StepTimes:
    """Step times that ``experiment=speed`` measured.

    Args:
        results: the cells of that experiment.
    """

    def __init__(self, results: Results) -> None:
        self.results = results

    @cached_property
    def measured(self) -> pd.DataFrame:
        """One row per estimator and task."""
        return speed(self.results).set_index(["estimator", "task"])

    def ratio(self, one: str, other: str, task: str = TASK) -> str:
        """``0.64``: the time of ``one`` over that of ``other``, keys of :data:`PROGRAMS`, for the reference's step."""
        value = self._of(REFERENCE, task, f"{one}_by_{other}")
        if np.isnan(value):
            raise LookupError(f"{one} / {other} was not measured on {task}")
        return f"{value:.2f}"

    def ratios(self, one: str, other: str) -> str:
        """``0.50 to 0.74``: the lowest and the highest of these ratios over the tasks.

        Raises:
            LookupError: they were not measured on any task.
        """
        values = [self._of(REFERENCE, task, f"{one}_by_{other}") for task in self._tasks_of(REFERENCE)]
        known = [value for value in values if not np.isnan(value)]
        if not known:
            raise LookupError(f"{one} / {other} was not measured")
        low, high = f"{min(known):.2f}", f"{max(known):.2f}"
        return low if low == high else f"{low} to {high}"

    def programs(self) -> str:
        """A table: all programs that make the reference's step, the fastest first; last, its matrix products alone.

        It has milliseconds on :data:`TASK`, and on every task the compiled step in multiples of the other programs.
        """
        times = {name: self._of(REFERENCE, TASK, f"{name}_ms") for name in PROGRAMS}
        known = sorted((name for name in times if not np.isnan(times[name])), key=lambda name: times[name])
        tasks = [task for task in self._tasks_of(REFERENCE) if not np.isnan(self._of(REFERENCE, task, "compiled_ms"))]
        headings = ["", f"ms, {TASK}", *(f"compiled / this, {task}" for task in tasks)]
        lines = [f"| {' | '.join(map(for_markdown, headings))} |", "| :-- |" + " --: |" * (1 + len(tasks))]
        for name in [*(name for name in known if name != "floor"), "floor"]:
            ratios = [
                "1" if name == "compiled" else self._in_words(REFERENCE, task, f"compiled_by_{name}") for task in tasks
            ]
            lines.append(f"| {' | '.join([PROGRAMS[name], f'{times[name]:.2f}', *ratios])} |")
        return "\n".join(lines)

    def tasks(self) -> str:
        """A table: the reference's step and bound on every task, in multiples of their matrix products."""
        ratios = {"step / products": "step_by_floor", "bound / its products": "bound_by_floor"}
        rows = [
            {"task": task} | {heading: self._in_words(REFERENCE, task, ratio) for heading, ratio in ratios.items()}
            for task in self._tasks_of(REFERENCE)
        ]
        return as_markdown(Table(pd.DataFrame(rows, dtype=object)))

    def estimators(self) -> str:
        """A table: a step of every estimator on every task, in steps of the reference; on one task also compiled."""
        label = labelled(self.results.cells, {})
        tasks = in_order(task for _, task in self.measured.index)
        names = sorted({estimator for estimator, _ in self.measured.index}, key=lambda name: label(name).casefold())
        rows = [
            {"estimator": label(name)}
            | {task: self._in_words(name, task, "step_by_reference") for task in tasks}
            | {"compiled / step": self._in_words(name, TASK, "compiled_by_step")}
            for name in names
        ]
        columns = {task: Column(heading=(task,)) for task in tasks}
        return as_markdown(Table(pd.DataFrame(rows, dtype=object), columns))

    def _tasks_of(self, name: str) -> list[str]:
        """The tasks on which an estimator was timed."""
        return in_order(task for estimator, task in self.measured.index if estimator == name)

    @property
    def compiled_median(self) -> str:
        """Median over the estimators of the ratio of the compiled step to the step, on :data:`TASK`."""
        return f"{np.median(self._compiled):.2f}"

    @property
    def compiled_count(self) -> int:
        """Number of estimators in that median."""
        return len(self._compiled)

    @property
    def _compiled(self) -> list[float]:
        ratios = [
            self._of(estimator, task, "compiled_by_step") for estimator, task in self.measured.index if task == TASK
        ]
        return [ratio for ratio in ratios if not np.isnan(ratio)]

    def _of(self, estimator: str, task: str, column: str) -> float:
        values = self.measured[column].to_dict() if column in self.measured else {}
        return float(values.get((estimator, task), np.nan))

    def _in_words(self, estimator: str, task: str, column: str) -> str:
        value = self._of(estimator, task, column)
        return NONE if np.isnan(value) else f"{value:.2f}"


def costs(results: Results) -> dict[tuple[str, str], float]:
    """The time of a step of each estimator on each task, in steps of :data:`REFERENCE`, from ``experiment=speed``.

    That of the reference itself is 1; two runs of its step differ by a few percent.
    """
    measured = speed(results)
    names = zip(measured["estimator"].astype(str), measured["task"].astype(str), strict=True)
    ratios = measured["step_by_reference"].astype(float)
    return {place: 1.0 if place[0] == REFERENCE else ratio for place, ratio in zip(names, ratios, strict=True)}
