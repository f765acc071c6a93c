from __future__ import annotations

import json
from typing import Any

import pytest

from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from tests.conftest import Compose

SMALL = [
    "runner=probe",
    "task.latent.n=4",
    "runner.draws=4000",
    "runner.images=3",
    "runner.stages=[0,20]",
    "runner.adaptation_steps=20",
]


def slow(name: str) -> Any:
    return pytest.param(name, marks=pytest.mark.slow)


@pytest.fixture
def probed(compose_cell: Compose):
    """Runs the probe of one estimator and gives its lines by (stage, temperature, target)."""

    def run(*overrides: str) -> dict[tuple[int, float | None, str], dict[str, Any]]:
        cell, _ = run_cell(compose_cell(*SMALL, *overrides), overrides=[])
        assert cell.meta["status"] == "done", cell.meta["reason"]
        lines = map(json.loads, (cell.folder / "probe.jsonl").read_text().splitlines())
        return {(line["stage"], line["temperature"], line["target"]): line for line in lines}

    return run


def test_enumeration_is_exact_at_every_stage_and_target(probed):
    lines = probed("estimator=enumeration", "runner.draws=40")
    assert lines.keys() == {(stage, None, target) for stage in (0, 20) for target in ("logits", "encoder")}
    for line in lines.values():
        assert line["mse"] < 1e-20
        assert line["cosine"] == pytest.approx(1)
        assert line["cost_evaluations"] == 16


@pytest.mark.parametrize("estimator", ["nvil", *map(slow, ("rloo", "muprop", "disarm", "rebar"))])
def test_no_bias_is_found_in_unbiased_estimators(probed, estimator: str):
    """Twelve intervals of 95 %: at this seed the few that miss zero do so by little."""
    for line in probed(f"estimator={estimator}").values():
        assert line["bias_low"] < 0.02, line


def test_biased_estimators_are_found_biased(probed):
    lines = probed("estimator=gumbel_softmax", "runner.temperatures=[0.2,1.0]", "runner.stages=[0]")
    for target in ("logits", "encoder"):
        cold, warm = lines[0, 0.2, target], lines[0, 1.0, target]
        assert warm["bias_low"] > 0.05
        assert cold["bias"] < warm["bias"]
        assert cold["variance"] > warm["variance"]


@pytest.mark.slow
def test_known_orders_hold(probed):
    """DisARM averages ARM over its uniform draw; ReinMax corrects straight-through to second order."""
    names = ("arm", "disarm", "straight_through", "darn")
    found = {name: probed(f"estimator={name}", "runner.stages=[20]")[20, None, "logits"] for name in names}
    assert found["disarm"]["variance"] < found["arm"]["variance"]
    assert found["darn"]["bias_high"] < found["straight_through"]["bias_low"]


def test_an_average_of_past_costs_is_adapted_before_it_is_measured(probed):
    names = ("reinforce", "reinforce_ema")
    found = {name: probed(f"estimator={name}", "runner.stages=[0]")[0, None, "logits"] for name in names}
    assert found["reinforce_ema"]["variance"] < found["reinforce"]["variance"] / 100


def test_the_model_of_a_cell_can_be_measured(probed, compose_cell: Compose):
    trained, _ = run_cell(compose_cell("task.latent.n=4", "estimator=nvil"), overrides=[])
    lines = probed("estimator=rloo", f"runner.checkpoint='{trained.folder}'")
    assert {stage for stage, _, _ in lines} == {20}


def test_the_model_of_another_task_is_refused(compose_cell: Compose):
    trained, _ = run_cell(compose_cell("estimator=nvil"), overrides=[])
    config = compose_cell(*SMALL, "estimator=rloo", f"runner.checkpoint='{trained.folder}'")
    cell, _ = run_cell(config, overrides=[])
    assert cell.meta["status"] == "failed"
    assert "has the parameters of another task" in str(cell.meta["reason"])


def test_an_estimator_of_another_objective_is_skipped_with_the_reason(compose_cell: Compose):
    cell, _ = run_cell(compose_cell(*SMALL, "estimator=vimco"), overrides=[])
    assert cell.meta["status"] == "skipped"
    assert "m-sample bound" in str(cell.meta["reason"])


def test_all_estimators_share_one_trajectory(compose_cell: Compose):
    cells = [Cell(compose_cell(*SMALL, f"estimator={name}", "runner.draws=40")) for name in ("rloo", "nvil")]
    for cell in cells:
        run_cell(cell.config, overrides=[])
    assert len(list((cells[0].folder.parent / "trajectories").glob("*.pt"))) == 1


def test_a_task_that_is_too_large_is_refused_before_any_training(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch
):
    def trained(*_: object) -> None:
        raise AssertionError("it has begun to train")

    monkeypatch.setattr("runners.probe.stages_of_training", trained)
    cell, _ = run_cell(compose_cell(*SMALL, "estimator=rloo", "task.latent.n=40"), overrides=[])
    assert cell.meta["status"] == "skipped"
    assert "2^40 codes are more than" in str(cell.meta["reason"])
