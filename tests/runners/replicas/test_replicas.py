"""Cells that are trained side by side are those that are trained alone, but for their noise."""

from __future__ import annotations

import json
import math
import signal
import statistics
from typing import Any

import pytest
import torch
from omegaconf import DictConfig
from torch import Tensor

from estimators import Latent, NotApplicable
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.replicas.replicas import Replica, Replicas
from runners.steps.assemble import assemble
from runners.steps.training import Training
from tests.conftest import SMALL_TRAINING, Compose
from tests.crossing import NODES, crossing, one_in, with_estimator
from tests.runners.signals import Killed, as_if_killed
from tests.runners.tiny import FEW_CLASSES, FEW_LABELS, TINY, replicas_of, side_by_side

TWO_LAYERS = ("task=vae_bernoulli_two_layers", "task.latent.n=4")
LATENTS = {TINY: Latent("bernoulli", 4), FEW_CLASSES: Latent("categorical", 2, 3)}
DIFFERENTIATE_THE_LAYER_BELOW = ("double_cv", "rodeo")
"""Their cost has the next layer's estimator with its state in it, which torch.func does not let change there."""

EXACT = (*TINY, "estimator=enumeration")
SGD = ("optimizer=sgd", "optimizer@auxiliary_optimizer=sgd")


def slow(task: tuple[str, ...]) -> Any:
    return pytest.param(task, marks=pytest.mark.slow)


def begun(config: DictConfig) -> Training:
    """A run of the cell, alone."""
    return _begun(Training, config)


def joined(*configs: DictConfig) -> Replicas:
    return Replicas([_begun(Replica, config) for config in configs])


def _begun(kind: type[Any], config: DictConfig) -> Any:
    cell = Cell(config)
    cell.open({})
    return kind.begin(cell, SMALL_TRAINING["batch_size"], tensorboard=False)


def state_of(training: Training) -> dict[str, Tensor]:
    return {**training.task.state_dict(), **training.learners.state_dict(prefix="estimators.")}


def journal(cell: Cell) -> list[dict[str, float]]:
    return [json.loads(line) for line in (cell.folder / "metrics.jsonl").read_text().splitlines()]


def test_each_replica_has_the_weights_and_batches_that_it_has_alone(compose_cell: Compose):
    configs = [compose_cell("estimator=nvil", *FEW_LABELS, f"seed={seed}") for seed in (0, 1)]
    replicas = joined(*configs)
    for replica, config in zip(replicas.runs, configs, strict=True):
        parts = assemble(config)
        weights = {**parts.task.state_dict(), **parts.estimators[0].state_dict(prefix="estimators.0.")}
        torch.testing.assert_close(state_of(replica), weights, rtol=0, atol=0)
    alone = [begun(config).batches for config in configs]
    for _ in range(15):  # into a second epoch
        replicas.advance()
        for replica, batches in zip(replicas.runs, alone, strict=True):
            next(batches)
            seen, expected = (list(of.state_dict().values()) for of in (replica.batches, batches))
            assert all(map(torch.equal, map(torch.as_tensor, seen), map(torch.as_tensor, expected)))


@pytest.fixture
def same_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """All noise is a function of the shape of what is drawn, so that it is the same alone and side by side."""

    def spread(*shape: int, **_: Any) -> Tensor:
        return (torch.arange(1, 1 + math.prod(shape)) * 0.6180339887).frac().reshape(*shape)

    monkeypatch.setattr(torch, "rand", spread)
    monkeypatch.setattr(torch, "randn_like", lambda like: torch.logit(spread(*like.shape), eps=0.01))


@pytest.mark.usefixtures("same_noise")
@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        *crossing(LATENTS, turns=4),
        *(
            pytest.param(task, name, marks=pytest.mark.slow, id=f"{task[0]}-{name}")
            for task in (TWO_LAYERS, FEW_LABELS)
            for name in NODES
        ),
    ],
)
def test_with_the_same_noise_each_replica_goes_where_it_goes_alone(
    compose_cell: Compose, estimator: str, task: tuple[str, ...]
):
    base = with_estimator(compose_cell(*task, *SGD), estimator)
    configs = [changed(base, seed=0, lr=1e-4), changed(base, seed=1, lr=1e-3)]
    try:
        alone = [begun(config) for config in configs]
    except NotApplicable as reason:
        pytest.skip(str(reason))
    replicas = joined(*configs)
    if task == TWO_LAYERS and estimator in DIFFERENTIATE_THE_LAYER_BELOW:
        with pytest.raises(RuntimeError, match="Call it for one model at a time"):
            replicas.advance()
        return
    for _ in range(3):
        replicas.advance()
        for training in alone:
            training.advance()
    for replica, training in zip(replicas.runs, alone, strict=True):
        torch.testing.assert_close(replica.losses.means(), training.losses.means(), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(state_of(replica), state_of(training), rtol=1e-3, atol=1e-4)


def changed(config: DictConfig, *, seed: int, lr: float) -> DictConfig:
    copied = config.copy()
    copied.seed, copied.optimizer.lr, copied.auxiliary_optimizer.lr = seed, lr, lr
    return copied


def test_a_replica_has_the_files_of_a_cell_alone(compose_cell: Compose):
    configs = [compose_cell(*EXACT, *SGD, f"optimizer.lr={lr}") for lr in (1e-2, 1e-3)]
    cells = side_by_side(*configs)
    files = {path.name: path.stat().st_size for path in cells[0].folder.iterdir()}
    together = [(journal(cell), cell.meta) for cell in cells]
    assert replicas_of(together[0][1]) == [2]
    for config, (entries, meta) in zip(configs, together, strict=True):
        config.output = f"{config.output}/alone"
        alone, _ = run_cell(config, [])
        assert {path.name for path in alone.folder.iterdir()} == set(files)
        assert meta.keys() == alone.meta.keys()
        assert meta["scores"] == pytest.approx(alone.meta["scores"], rel=1e-4)
        assert entries == [pytest.approx(entry, rel=1e-4) for entry in journal(alone)]
        size = (alone.folder / "checkpoint.pt").stat().st_size
        assert files["checkpoint.pt"] == pytest.approx(size, rel=0.05), "no replica saves the memory of all"


def test_a_replica_that_diverges_changes_no_other(compose_cell: Compose):
    configs = [compose_cell(*EXACT, *SGD, f"optimizer.lr={lr}") for lr in (1e-2, 1e20, 1e-3)]
    good, diverged, other = side_by_side(*configs)
    assert diverged.meta["status"] == "diverged"
    assert 1 <= diverged.meta["step"] <= 10
    assert other.meta["status"] == "done"
    configs[0].output = f"{configs[0].output}/alone"
    alone, _ = run_cell(configs[0], [])
    assert good.meta["scores"] == pytest.approx(alone.meta["scores"], rel=1e-4)


def test_all_replicas_may_diverge(compose_cell: Compose):
    cells = side_by_side(*[compose_cell(*EXACT, *SGD, "optimizer.lr=1e20", f"seed={seed}") for seed in (0, 1)])
    assert [cell.meta["status"] for cell in cells] == ["diverged", "diverged"]


def test_optimizers_may_differ_as_a_whole(compose_cell: Compose):
    cells = side_by_side(compose_cell(*EXACT, "optimizer=adam"), compose_cell(*EXACT, "optimizer=sgd"))
    assert [replicas_of(cell.meta) for cell in cells] == [[2], [2]]


@pytest.mark.parametrize("ending", one_in(2, [signal.SIGTERM, None]), ids=["SIGTERM", "killed"])
@pytest.mark.parametrize("task", [TINY, slow(FEW_LABELS)], ids=lambda task: task[0])
def test_interrupted_replicas_resume_with_the_same_bits(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch, task: tuple[str, ...], ending: int | None
):
    overrides = [*task, "estimator=nvil", "runner.checkpoint_every=7"]
    configs = [compose_cell(*overrides, f"seed={seed}") for seed in (0, 1, 2)]
    whole = side_by_side(*configs)
    for config in configs:
        config.output = f"{config.output}/interrupted"

    def advance_until_ended(self: Replicas) -> None:
        if self.step == 16:
            if ending is None:
                raise Killed
            signal.raise_signal(ending)
        advance(self)

    advance = Replicas.advance
    with monkeypatch.context() as patch:
        as_if_killed(patch)
        patch.setattr(Replicas, "advance", advance_until_ended)
        with pytest.raises(SystemExit if ending else Killed):
            side_by_side(*configs)
    assert {Cell(config).meta["status"] for config in configs} == {"interrupted" if ending else "running"}
    for resumed, cell in zip(side_by_side(*configs), whole, strict=True):
        assert "continuing from step" in (resumed.folder / "cell.log").read_text()
        assert (resumed.folder / "metrics.jsonl").read_bytes() == (cell.folder / "metrics.jsonl").read_bytes()
        assert resumed.meta["scores"] == cell.meta["scores"]


def test_every_replica_has_noise_of_its_own(compose_cell: Compose):
    config = compose_cell(*TINY, "estimator=nvil")
    replicas = joined(config, config)
    replicas.advance()
    first, second = (replica.losses.means() for replica in replicas.runs)
    assert first != second


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ["nvil", "gumbel_softmax"])
def test_scores_have_the_distribution_that_they_have_alone(compose_cell: Compose, estimator: str):
    """60 cells each way, after 60 steps: a difference of 0.9 standard deviations would be seen in 5 of 6 cases."""
    base = compose_cell(*TINY, f"estimator={estimator}", "runner.steps=60", "runner.evaluate_every=60")
    configs = [changed(base, seed=seed, lr=1e-2) for seed in range(60)]
    together = [cell.meta["scores"]["negative_elbo"] for cell in side_by_side(*configs)]
    for config in configs:
        config.output = f"{config.output}/alone"
    alone = [run_cell(config, [])[0].meta["scores"]["negative_elbo"] for config in configs]
    variances = [statistics.variance(scores) for scores in (together, alone)]
    difference = statistics.mean(together) - statistics.mean(alone)
    assert abs(difference) < 4 * math.sqrt(sum(variances) / len(configs))
    assert 1 / 3 < variances[0] / variances[1] < 3  # 4 standard deviations of the logarithm
