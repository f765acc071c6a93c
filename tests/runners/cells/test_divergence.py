"""A score that is infinite or not a number ends a cell as diverged, with the step, whichever score and runner it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from runners.cells.cell import Cell
from runners.cells.divergence import Diverged, require_finite
from runners.cells.execution import run_cell
from tasks import bounds
from tasks.task import Task
from tests.conftest import Compose
from tests.crossing import one_in
from tests.runners.tiny import TINY, three_side_by_side

HUGE = ("optimizer=sgd", "optimizer.lr=1e20")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_first_score_that_is_not_finite_is_named(value: float):
    require_finite({"a": 1.0, "same_as": None, "what": "text", "count": 3}, step=5)
    with pytest.raises(Diverged, match="b was not finite at step 5") as found:
        require_finite({"a": 1.0, "b": value, "c": math.nan}, step=5)
    assert found.value.step == 5


@pytest.mark.parametrize("evaluate_every", [1, 10])
def test_one_step_that_spoils_the_model_is_seen_by_the_scores(compose_cell: Compose, evaluate_every: int):
    config = compose_cell(*HUGE, "runner.steps=1", f"runner.evaluate_every={evaluate_every}")
    meta = run_cell(config, [])[0].meta
    assert (meta["status"], meta["step"]) == ("diverged", 1)
    assert meta["reason"] == "valid_negative_elbo was not finite at step 1"
    assert "scores" not in meta


def spoil(patch: pytest.MonkeyPatch, spoilt: Callable[[int], bool], name: str) -> None:
    """Makes a score NaN in those calls of ``evaluate``, counted from 1, of which ``spoilt`` is true."""
    calls: list[Task] = []

    def evaluate(task: Task, *arguments: Any) -> dict[str, float]:
        calls.append(task)
        scores = bounds.evaluate(task, *arguments)
        return scores | ({name: math.nan} if spoilt(len(calls)) else {})

    patch.setattr("runners.steps.scoring.evaluate", evaluate)


SCORES = {
    "validation at step 10": (1, 10),
    "validation at step 20": (2, 20),
    "test": (3, 20),
    "final validation": (4, 20),
}


@pytest.mark.parametrize("name", ["negative_elbo", "accuracy"])
@pytest.mark.parametrize("which", one_in(2, SCORES))
def test_no_score_may_be_missing_one_that_is_finite(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch, which: str, name: str
):
    call, step = SCORES[which]
    spoil(monkeypatch, lambda number: number == call, name)
    cell, ending = run_cell(compose_cell(*TINY), [])
    assert (cell.meta["status"], cell.meta["step"]) == ("diverged", step)
    assert ending.status == "diverged"
    assert cell.meta["reason"] == f"{'' if which == 'test' else 'valid_'}{name} was not finite at step {step}"
    assert "NaN" not in (cell.folder / "metrics.jsonl").read_text()


def test_of_replicas_only_the_one_diverges(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    """The last six scores are the final ones, on test and validation data for each of three cells."""
    spoil(monkeypatch, lambda number: number == 6 + 3, "negative_bound")
    cells = three_side_by_side(compose_cell)
    assert [cell.meta["status"] for cell in cells] == ["done", "diverged", "done"]
    assert cells[1].meta["reason"] == "negative_bound was not finite at step 20"


def nan_at_the_end(cell: Cell) -> dict[str, Any]:
    """A runner of somebody's own."""
    return {"step": 7, "scores": {"score": math.nan}}


def test_the_scores_of_any_runner_are_looked_at(compose_cell: Compose):
    config = compose_cell("runner=toy")
    config.runner = {"_target_": f"{__name__}.nan_at_the_end", "_partial_": True}
    meta = run_cell(config, [])[0].meta
    assert (meta["status"], meta["step"], meta["reason"]) == ("diverged", 7, "score was not finite at step 7")


def test_the_toy_problem_diverges(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("runners.toy.gradient_variance", lambda *_: torch.tensor(math.inf))
    meta = run_cell(compose_cell("task=toy", "runner=toy", "runner.steps=2", "estimator=reinforce"), [])[0].meta
    assert (meta["status"], meta["reason"]) == ("diverged", "log_variance was not finite at step 0")


PROBE = ["runner=probe", "task.latent.n=4", "runner.draws=20", "runner.images=3", "runner.stages=[0,20]"]


def test_a_gradient_that_is_not_finite_is_no_measurement(compose_cell: Compose):
    """The model that is measured after 20 steps has no finite parameters."""
    cell, _ = run_cell(compose_cell(*PROBE, *HUGE, "estimator=rloo"), [])
    assert (cell.meta["status"], cell.meta["step"]) == ("diverged", 20)
    assert "not finite at step 20" in str(cell.meta["reason"])
    assert not (cell.folder / "probe.jsonl").exists()
