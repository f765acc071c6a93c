"""What must hold on a GPU, tried without one.

Steps that are recorded and replayed are the steps that Python makes, see :class:`Recording`; and nothing is computed on
another device than the model's, as tensors of the device ``meta`` show, which refuse to be mixed with others.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from estimators import Latent
from runners.cells.cell import Cell
from runners.replicas.replicas import Replica, Replicas
from runners.steps.assemble import assemble
from runners.steps.graph import WARM_UP, capturable
from runners.steps.step import Step
from runners.steps.training import Training
from tasks.batches import Batch, TrainingBatches, evaluation_set
from tests.conftest import Compose
from tests.crossing import crossing, one_in, with_estimator
from tests.runners.recording import Recording

TASKS = {
    "vae_bernoulli": Latent("bernoulli", 4),
    "vae_categorical": Latent("categorical", 2, 3),
    "vae_bernoulli_two_layers": Latent("bernoulli", 3),
    "semi_supervised": Latent("categorical", 1, 4),
    "sbn_categorical": Latent("categorical", 2, 3),
    "embedding": Latent("categorical", 1, 5),
}
EVERY = pytest.mark.parametrize(("task", "estimator"), crossing(TASKS, turns=3))


def of(task: str, *overrides: str) -> tuple[str, ...]:
    """The task with a small layer."""
    latent = TASKS[task]
    size = [f"task.latent.k={latent.k}"] if latent.family == "categorical" else []
    size += [f"task.latent.n={latent.n}"] if latent.n > 1 else []
    labels = ["data._target_=tests.conftest.stripes_with_few_labels"] if task == "semi_supervised" else []
    return (f"task={task}", *size, *labels, *overrides)


STEPS = WARM_UP + 4


def losses_and_state(training: Any) -> list[Tensor]:
    """After some steps."""
    torch.manual_seed(1)
    for _ in range(STEPS):
        training.advance()
    runs = training.runs if isinstance(training, Replicas) else [training]
    modules = [module for run in runs for module in (run.task, *run.estimators)]
    losses = [run.losses.means() for run in runs]
    return losses + [value for module in modules for value in module.state_dict().values()]


@pytest.mark.parametrize(("task", "estimator"), crossing(TASKS, turns=4))
def test_a_recorded_step_computes_what_the_step_does(compose_cell: Compose, task: str, estimator: str):
    config = with_estimator(compose_cell(*of(task)), estimator)
    usual, recorded = (Training(Cell(config), batch_size=10) for _ in range(2))
    graph = Recording()
    recorded.record_steps(graph)
    torch.testing.assert_close(losses_and_state(recorded), losses_and_state(usual), rtol=0, atol=0)
    assert graph.replays == STEPS - WARM_UP


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_schedule_continues_in_a_recorded_step(compose_cell: Compose, optimizer: str):
    temperature = "{_target_: estimators.schedules.exponential_decay, rate: 0.2, floor: 0.1}"
    config = compose_cell(
        "task=vae_bernoulli", "task.latent.n=4", f"optimizer={optimizer}", f"estimator.temperature={temperature}"
    )
    usual, recorded = (Training(Cell(config), batch_size=10) for _ in range(2))
    recorded.record_steps(Recording())
    torch.testing.assert_close(losses_and_state(recorded), losses_and_state(usual), rtol=0, atol=0)


@pytest.mark.parametrize("estimator", one_in(3, ["gumbel_softmax", "nvil", "rebar"]))
def test_recorded_replicas_compute_what_replicas_do(compose_cell: Compose, estimator: str):
    configs = [
        compose_cell("task=vae_bernoulli", "task.latent.n=4", f"estimator={estimator}", f"seed={seed}")
        for seed in (0, 1)
    ]
    usual, recorded = (Replicas([Replica(Cell(config), 10) for config in configs]) for _ in range(2))
    recorded.record_steps(Recording())
    torch.testing.assert_close(losses_and_state(recorded), losses_and_state(usual), rtol=0, atol=0)


def test_the_recording_of_the_tests_notices_a_number_that_python_keeps(compose_cell: Compose):
    config = compose_cell("task=vae_bernoulli", "task.latent.n=4")
    usual, recorded = (Training(Cell(config), batch_size=10) for _ in range(2))
    for training in (usual, recorded):
        _with_a_count(training)
    recorded.record_steps(Recording())
    alike = [torch.equal(*pair) for pair in zip(losses_and_state(recorded), losses_and_state(usual), strict=True)]
    assert not all(alike)


def _with_a_count(training: Training) -> None:
    """Scales the loss by a number that only Python knows."""
    task, loss, count = training.task, training.task.loss, iter(range(STEPS))

    def scaled(*args: Any) -> Any:
        estimate = loss(*args)
        return type(estimate)(estimate.surrogate * next(count), estimate.value)

    task.loss = scaled  # type: ignore[method-assign]


def on_meta(batch: Batch) -> Batch:
    return Batch(batch.x.to("meta"), None if batch.y is None else batch.y.to("meta"))


@EVERY
def test_all_is_computed_on_the_device_of_the_model(compose_cell: Compose, task: str, estimator: str):
    overrides = of(task, "optimizer.fused=false", "auxiliary_optimizer.fused=false")
    config = with_estimator(compose_cell(*overrides), estimator)
    parts = assemble(config)
    model, layers = parts.task.to("meta"), [layer.to("meta") for layer in parts.estimators]
    batch = on_meta(next(TrainingBatches(parts.dataset, 10, seed=0)))
    held_out = on_meta(evaluation_set(parts.dataset.test, parts.dataset.binarisation))
    update = Step.of(config, model, layers)
    for _ in range(2):
        assert update(batch).device.type == "meta"
    assert model.log_weights(held_out, 3).device.type == "meta"
    assert all(score.device.type == "meta" for score in model.scores(held_out).values())


def test_a_model_does_not_take_data_of_another_device(compose_cell: Compose):
    task = assemble(compose_cell()).task.to("meta")
    with pytest.raises(RuntimeError, match="device"):
        task.log_weights(Batch(torch.zeros(2, 784), None), 3)


def test_an_optimizer_is_capturable_only_during_a_recording():
    adam = torch.optim.Adam([torch.zeros(1, requires_grad=True)])
    sgd = torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    with capturable([adam, sgd]):
        assert adam.param_groups[0]["capturable"]
        assert "capturable" not in sgd.param_groups[0]
    assert not adam.param_groups[0]["capturable"]
