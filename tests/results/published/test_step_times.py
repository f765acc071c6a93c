"""What pages say of step times."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from results.published.step_times import StepTimes, costs
from results.reading.collect import collect
from tests.results.conftest import WriteCell
from tests.results.published.markdown import rows

Measured = Callable[..., Path]

GUMBEL_SOFTMAX = {
    "floor_ms": 1.0,
    "step_ms": 4.0,
    "compiled_ms": 2.0,
    "jax_ms": 3.0,
    "step_by_floor": 4.0,
    "compiled_by_step": 0.51,
    "compiled_by_floor": 2.0,
    "compiled_by_jax": 0.68,
    "step_by_reference": 1.0,
}


@pytest.fixture
def measured(write_cell: WriteCell) -> Measured:
    def write(estimator: str, task: str = "vae_bernoulli", **scores: float) -> Path:
        return write_cell(estimator, task, scores=scores, **{"runner._target_": "runners.speed.speed"})

    return write


@pytest.fixture
def step_times(measured: Measured, outputs: Path) -> StepTimes:
    measured("gumbel_softmax", **GUMBEL_SOFTMAX)
    categorical = {"step_ms": 8.0, "step_by_floor": 3.0, "step_by_reference": 1.0}
    measured("gumbel_softmax", "vae_categorical", **categorical, compiled_ms=5.0, compiled_by_step=0.7)
    measured("nvil", step_ms=6.0, step_by_reference=1.5, compiled_by_step=0.61)
    return StepTimes(collect(outputs))


def test_the_cost_of_a_step_is_that_of_the_same_turns(measured: Measured, outputs: Path):
    measured("nvil", step_ms=6.0, step_by_reference=1.55)
    measured("gumbel_softmax", step_ms=4.0, step_by_reference=1.04)
    task = "vae_bernoulli"
    assert costs(collect(outputs)) == {("nvil", task): 1.55, ("gumbel_softmax", task): 1.0}


def test_programs_stand_from_the_fastest_to_the_slowest_and_those_that_were_not_timed_are_left_out(
    step_times: StepTimes,
):
    head, *programs, products = rows(step_times.programs())
    assert head[2:] == [r"compiled / this, vae\_bernoulli", r"compiled / this, vae\_categorical"]
    assert [row[1:] for row in programs] == [["2.00", "1", "1"], ["3.00", "0.68", "–"], ["4.00", "0.51", "0.70"]]  # noqa: RUF001
    assert products == ["the matrix products of the step alone", "1.00", "2.00", "–"]  # noqa: RUF001


def test_ratios_are_those_of_the_turns_and_not_of_the_medians(step_times: StepTimes):
    assert step_times.ratio("compiled", "step") == "0.51"
    with pytest.raises(LookupError, match="compiled / careful was not measured on vae_bernoulli"):
        step_times.ratio("compiled", "careful")


def test_ratios_over_tasks_are_from_the_lowest_to_the_highest(step_times: StepTimes):
    assert step_times.ratios("compiled", "step") == "0.51 to 0.70"
    assert step_times.ratios("compiled", "jax") == "0.68"
    with pytest.raises(LookupError, match="compiled / careful was not measured"):
        step_times.ratios("compiled", "careful")


def test_tasks_and_estimators_have_what_was_timed_of_them(step_times: StepTimes):
    assert rows(step_times.tasks()) == [
        ["task", "step / products", "bound / its products"],
        [r"vae\_bernoulli", "4.00", "–"],  # noqa: RUF001
        [r"vae\_categorical", "3.00", "–"],  # noqa: RUF001
    ]
    assert rows(step_times.estimators()) == [
        ["estimator", r"vae\_bernoulli", r"vae\_categorical", "compiled / step"],
        ["Gumbel-Softmax", "1.00", "1.00", "0.51"],
        ["NVIL", "1.50", "–", "0.61"],  # noqa: RUF001
    ]
    assert (step_times.compiled_count, step_times.compiled_median) == (2, "0.56")
