"""Gradients are clipped, and rates follow schedules, wherever parameters are trained, by a setting of the optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from omegaconf import DictConfig
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.cells.identity import identity
from runners.config.validation import mistakes_in
from runners.replicas.execution import run_side_by_side
from runners.steps.descent import Descent
from runners.steps.graph import WARM_UP
from runners.steps.training import Training
from tests.conftest import Compose
from tests.crossing import one_in
from tests.runners.recording import Recording

LIMIT = 1e-3
CLIPPED = (f"optimizer.clip_norm={LIMIT}", f"auxiliary_optimizer.clip_norm={LIMIT}")
TINY = ("estimator=nvil", "task=vae_bernoulli", "task.latent.n=4")


def run_alone(*configs: DictConfig) -> None:
    cell, _ = run_cell(configs[0], [])
    assert cell.meta["status"] == "done", cell.meta["reason"]


def run_as_replicas(*configs: DictConfig) -> None:
    run_side_by_side([(config, []) for config in configs])
    assert [draws["replicas"] for draws in Cell(configs[0]).meta["draws"]] == [2]


def run_recorded(*configs: DictConfig) -> None:
    training = Training(Cell(configs[0]), batch_size=10)
    training.record_steps(Recording())
    for _ in range(WARM_UP + 4):
        training.advance()


PROBE = ("runner=probe", "runner.draws=40", "runner.images=3", "runner.stages=[0,5]", "runner.adaptation_steps=5")
SPEED = ("runner=speed", "runner.steps=1", "runner.repetitions=1", "runner.batch_size=10", "runner.bound_images=2")
TOY = ("estimator=nvil", "task=toy", "runner=toy", "runner.steps=20", "runner.evaluate_every=10")

RUNS: dict[str, tuple[tuple[str, ...], Callable[..., None]]] = {
    "train": (TINY, run_alone),
    "replicas": (TINY, run_as_replicas),
    "the trajectory of the probe": ((*PROBE, *TINY), run_alone),
    "speed": ((*SPEED, "runner.bound_samples=3", *TINY), run_alone),
    "toy": (TOY, run_alone),
    "a recorded graph": (TINY, run_recorded),
}


@pytest.fixture
def norms() -> Iterator[list[Tensor]]:
    """Of the gradients that any optimizer is given, one for each of its steps."""
    found: list[Tensor] = []

    def note(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        found.append(nn.utils.get_total_norm([each.grad for each in parameters if each.grad is not None]))

    handle = register_optimizer_step_pre_hook(note)
    yield found
    handle.remove()


@pytest.mark.parametrize("where", one_in(2, RUNS))
def test_gradients_are_clipped_by_configuration(compose_cell: Compose, norms: list[Tensor], where: str):
    overrides, run = RUNS[where]
    run(*(compose_cell(*overrides, f"seed={seed}") for seed in (0, 1)))
    assert max(norms) > 2 * LIMIT
    norms.clear()
    run(*(compose_cell(*overrides, *CLIPPED, f"seed={seed}") for seed in (0, 1)))
    assert max(norms).item() == pytest.approx(LIMIT, rel=1e-3)


def test_a_gradient_keeps_its_direction_and_a_short_one_stays():
    weight = nn.Parameter(torch.zeros(2))
    descent = Descent(torch.optim.SGD([weight], lr=1.0), clip_norm=1.0)
    for gradient, followed in (([3.0, 4.0], [0.6, 0.8]), ([0.3, 0.4], [0.3, 0.4])):
        weight.data.zero_()
        weight.grad = torch.tensor(gradient)
        descent.follow()
        torch.testing.assert_close(weight.data, -torch.tensor(followed))
        assert weight.grad is None


def test_without_a_limit_a_cell_is_the_one_that_it_was(compose_cell: Compose):
    config = compose_cell()
    assert config.optimizer.clip_norm is None
    without = config.copy()
    del without.optimizer["clip_norm"], without.auxiliary_optimizer["clip_norm"]
    assert identity(without) == identity(config)
    assert identity(compose_cell(*CLIPPED)) != identity(config)


@pytest.mark.parametrize("section", ["optimizer", "auxiliary_optimizer"])
@pytest.mark.parametrize("value", ["0", "-1", "strong"])
def test_a_limit_that_is_none_is_a_mistake_with_its_key(compose_cell: Compose, section: str, value: str):
    (mistake,) = mistakes_in(compose_cell(f"{section}.clip_norm={value}"))
    assert mistake == f"{section}.clip_norm={value}: a positive number or null is needed"


RISING = "{_target_: runners.steps.learning_rates.warmup_and_cosine, warmup: 4, period: 2, start: 0.25}"
SCHEDULED = (f"optimizer.schedule={RISING}", f"auxiliary_optimizer.schedule={RISING}", "auxiliary_optimizer.lr=1e-3")


@pytest.fixture
def rates() -> Iterator[list[float]]:
    """Of every optimizer's steps."""
    found: list[float] = []
    handle = register_optimizer_step_pre_hook(lambda optimizer, *_: found.append(optimizer.param_groups[0]["lr"]))
    yield found
    handle.remove()


@pytest.mark.parametrize("where", one_in(2, (where for where in RUNS if where != "a recorded graph")))
def test_learning_rates_follow_a_schedule_by_configuration(compose_cell: Compose, rates: list[float], where: str):
    overrides, run = RUNS[where]
    run(*(compose_cell(*overrides, f"seed={seed}") for seed in (0, 1)))
    assert set(rates) <= {1e-3, 1e-2}
    rates.clear()
    run(*(compose_cell(*overrides, *SCHEDULED, f"seed={seed}") for seed in (0, 1)))
    expected = {1e-3 * factor for factor in (0.25, 0.4375, 0.625, 0.8125, 1.0, 0.5, 0.0)}
    assert len(set(rates)) > 1
    assert all(any(rate == pytest.approx(each) for each in expected) for rate in rates)


def test_a_recorded_step_has_no_schedule(compose_cell: Compose):
    training = Training(Cell(compose_cell(*TINY, *SCHEDULED)), batch_size=10)
    with pytest.raises(ValueError, match=r"runner\.cuda_graph=true: a recorded step keeps its learning rate"):
        training.record_steps(Recording())


def test_a_run_with_a_schedule_resumes_with_the_same_bits(compose_cell: Compose):
    config = compose_cell(*TINY, *SCHEDULED)
    Cell(config).folder.mkdir(parents=True)
    whole, parted = (Training(Cell(config), batch_size=10) for _ in range(2))
    torch.manual_seed(0)
    for _ in range(6):
        whole.advance()
    torch.manual_seed(0)
    for _ in range(3):
        parted.advance()
    parted.save()
    resumed = Training(Cell(config), batch_size=10)
    resumed.restore()
    for _ in range(3):
        resumed.advance()
    for one, other in zip(whole.task.parameters(), resumed.task.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_schedule_that_cannot_be_is_a_mistake_with_its_key(compose_cell: Compose):
    config = compose_cell(
        *TINY, "optimizer.schedule={_target_: runners.steps.learning_rates.warmup_and_cosine, warmup: -1, period: 2}"
    )
    with pytest.raises(ValueError, match=r"optimizer\.schedule\.warmup=-1"):
        Training(Cell(config), batch_size=10)
