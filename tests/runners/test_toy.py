from __future__ import annotations

import json

import pytest

from runners.cells.execution import run_cell
from tests.conftest import Compose
from tests.crossing import one_in

TOY = ["task=toy", "runner=toy", "optimizer.lr=0.1", "runner.steps=400", "runner.evaluate_every=100"]


@pytest.mark.parametrize("estimator", one_in(2, ["rebar", "enumeration", "nvil", "rloo"]))
def test_the_loss_falls_towards_its_minimum(compose_cell: Compose, estimator: str):
    cell, _ = run_cell(compose_cell(*TOY, f"estimator={estimator}", "task.target=0.3"), overrides=[])
    lines = [json.loads(line) for line in (cell.folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [0, 100, 200, 300, 400]
    assert lines[0]["loss"] == pytest.approx(0.5 * 0.7**2 + 0.5 * 0.3**2)
    assert lines[-1]["loss"] == pytest.approx(0.3**2, abs=0.02)


def test_the_variance_at_the_start_is_that_of_the_formula(compose_cell: Compose):
    """REINFORCE at logit 0 gives f(b) (b - 1/2): f(1)/2 or -f(0)/2, with equal probability."""
    overrides = ["estimator=reinforce", "task.target=0.3", "runner.variance_draws=200000", "runner.steps=1"]
    cell, _ = run_cell(compose_cell(*TOY, *overrides), overrides=[])
    first = json.loads((cell.folder / "metrics.jsonl").read_text().splitlines()[0])
    one, zero = 0.7**2 / 2, -(0.3**2) / 2
    assert 2.718281828 ** first["log_variance"] == pytest.approx((one - zero) ** 2 / 4, rel=0.01)


@pytest.mark.parametrize("power", one_in(3, [1.5, 2.0, 3.0]))
def test_a_polynomial_of_many_bits_falls_towards_its_minimum(compose_cell: Compose, power: float):
    problem = ["task.variables=16", f"task.power={power}", "task.target=0.3"]
    cell, _ = run_cell(compose_cell(*TOY, *problem, "estimator=rloo"), overrides=[])
    losses = [json.loads(line)["loss"] for line in (cell.folder / "metrics.jsonl").read_text().splitlines()]
    assert losses[0] == pytest.approx(0.5 * 0.7**power + 0.5 * 0.3**power)
    assert losses[-1] == pytest.approx(0.3**power, abs=0.02)


def test_the_variance_of_many_bits_is_summed_over_them(compose_cell: Compose):
    """Straight-through at logit 0 has no variance with a linear slope, and 2 (b - t) / n (1/4) with a square."""
    overrides = ["estimator=straight_through", "task.target=0.3", "task.variables=8", "runner.variance_draws=100000"]
    cell, _ = run_cell(compose_cell(*TOY, *overrides, "runner.steps=1"), overrides=[])
    first = json.loads((cell.folder / "metrics.jsonl").read_text().splitlines()[0])
    assert 2.718281828 ** first["log_variance"] == pytest.approx(8 * (2 / 8 / 4) ** 2 / 4, rel=0.02)


def test_another_task_is_refused(compose_cell: Compose):
    cell, _ = run_cell(compose_cell(*TOY, "task=vae_bernoulli"), overrides=[])
    assert cell.meta["status"] == "skipped"
    assert cell.meta["reason"] == "runner=toy needs task=toy"


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("target=2", "choose a number in [0, 1]"),
        ("variables=0", "at least 1 is needed"),
        ("power=0", "it must be positive"),
    ],
)
def test_a_problem_that_does_not_exist_is_refused(compose_cell: Compose, setting: str, why: str):
    _, ending = run_cell(compose_cell(*TOY, f"task.{setting}"), overrides=[])
    assert str(ending.reason).startswith(f"task.{setting}: {why}")
