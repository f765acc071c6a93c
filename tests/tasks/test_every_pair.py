"""Each task trains with every estimator that exists for its latents."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from omegaconf import DictConfig

import conf
from estimators import Latent, NotApplicable
from runners.steps.assemble import assemble
from runners.steps.step import Step
from tasks.batches import TrainingBatches
from tests.conftest import Compose
from tests.crossing import NODES, crossing, exists_for, facts, with_estimator

TASKS = sorted(path.stem for path in (Path(conf.__path__[0]) / "task").glob("*.yaml"))

SAME_BUT_FOR_SIZES = ("vae_4x24", "vae_8x16", "vae_16x12", "vae_64x8", "vae_10x30", "vae_32x32", "_small")
"""Of these the first of the family is trained; that the others can be built is tried by a slow test."""

LATENTS = {
    "toy": Latent("bernoulli", 1),
    "vae_bernoulli": Latent("bernoulli", 3),
    "sbn_bernoulli": Latent("bernoulli", 3),
    "semi_supervised": Latent("categorical", 1, 4),
    "embedding": Latent("categorical", 1, 3),
    "signal_game": Latent("categorical", 1, 3),
    "": Latent("categorical", 2, 3),
}
"""By the beginning of a task's name: small enough for enumeration."""

TINY = {
    task: next(latent for start, latent in LATENTS.items() if task.startswith(start))
    for task in TASKS
    if not task.endswith(SAME_BUT_FOR_SIZES)
}


def composed(compose_cell: Compose, task: str, estimator: str) -> DictConfig:
    latent = TINY[task]
    size = [f"task.latent.k={latent.k}"] if latent.family == "categorical" else []
    size += [f"task.latent.n={latent.n}"] if latent.n > 1 else []
    few_labels = ["data._target_=tests.conftest.stripes_with_few_labels"] if task.startswith("semi_supervised") else []
    return with_estimator(compose_cell(f"task={task}", *size, *few_labels), estimator)


MULTI_SAMPLE = [name for name in NODES if facts(name).objective == "multi_sample_bound"]


@pytest.mark.parametrize(
    ("task", "estimator"),
    [each for each in crossing(TINY, turns=2) if each.values[0] != "toy" or each.values[1] not in MULTI_SAMPLE],
)
def test_a_task_trains_with_every_estimator_that_exists_for_its_latents(
    task: str, estimator: str, compose_cell: Compose
):
    config = composed(compose_cell, task, estimator)
    parts = assemble(config)
    learners = torch.nn.ModuleList(parts.estimators)
    update = Step.of(config, parts.task, parts.estimators)
    before = {name: value.clone() for name, value in parts.task.named_parameters()}
    own = [value.clone() for value in learners.parameters()]
    batches = TrainingBatches(parts.dataset, 20, seed=0)
    torch.manual_seed(0)
    for step in range(2):
        batch = next(batches)
        update.set_count(step)
        losses = update(batch)
        assert losses.shape == (len(batch.x),)
        assert losses.isfinite().all()
    still = {name for name, value in parts.task.named_parameters() if torch.equal(value, before[name])}
    assert still == {name for name, value in parts.task.named_parameters() if not value.requires_grad}
    assert not own or any(not torch.equal(*pair) for pair in zip(own, learners.parameters(), strict=True))
    assert all(value.isfinite().all() for value in (*parts.task.parameters(), *learners.parameters()))


@pytest.mark.parametrize("estimator", NODES)
def test_an_estimator_that_does_not_exist_for_the_latents_is_refused(estimator: str, compose_cell: Compose):
    task = next((task for task, latent in TINY.items() if not exists_for(estimator, latent)), None)
    if task is None:
        pytest.skip("it exists for all")
    with pytest.raises(NotApplicable):
        assemble(composed(compose_cell, task, estimator))


@pytest.mark.parametrize("estimator", MULTI_SAMPLE)
def test_a_task_without_a_bound_refuses_the_estimators_of_one(estimator: str, compose_cell: Compose):
    parts = assemble(composed(compose_cell, "toy", estimator))
    with pytest.raises(NotApplicable, match="Toy has no m-sample bound, the objective of"):
        parts.task.loss(next(TrainingBatches(parts.dataset, 20, seed=0)), parts.estimators)


@pytest.mark.parametrize("task", [pytest.param(task, marks=() if task in TINY else pytest.mark.slow) for task in TASKS])
def test_every_task_can_be_built_in_its_own_size(task: str, compose_cell: Compose):
    parts = assemble(compose_cell(f"task={task}"))
    assert len(parts.estimators) == len(parts.task.latents) == len(parts.task.context_sizes)
