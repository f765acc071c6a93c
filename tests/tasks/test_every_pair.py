"""Each task trains with every estimator that exists for its latents."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import conf
from estimators import NotApplicable
from runners.cells.identity import class_fact
from runners.steps.assemble import assemble
from runners.steps.step import Step
from tasks.batches import TrainingBatches
from tests.conftest import Compose
from tests.tasks.exact_gradients import OF_ONE_VARIABLE

CONF = Path(conf.__path__[0])
ESTIMATORS = sorted(path.stem for path in (CONF / "estimator").glob("*.yaml"))
TASKS = sorted(path.stem for path in (CONF / "task").glob("*.yaml"))

TINY_LATENTS = {
    "toy": [],
    "vae_bernoulli": ["task.latent.n=3"],
    "sbn_bernoulli": ["task.latent.n=3"],
    "semi_supervised": ["task.latent.k=4"],
    "embedding": ["task.latent.k=3"],
    "signal_game": ["task.latent.k=3"],
    "": ["task.latent.n=2", "task.latent.k=3"],
}
"""Overrides by the beginning of a task's name: small enough for enumeration."""

SAME_BUT_FOR_SIZES = ("vae_4x24", "vae_8x16", "vae_16x12", "vae_64x8", "vae_10x30", "vae_32x32", "_small")
"""Of these the first of the family is trained."""


def tiny(task: str) -> list[str]:
    return next(overrides for start, overrides in TINY_LATENTS.items() if task.startswith(start))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("task", [task for task in TASKS if not task.endswith(SAME_BUT_FOR_SIZES)])
def test_a_task_trains_with_every_estimator_that_exists_for_its_latents(
    task: str, estimator: str, compose_cell: Compose
):
    few_labels = ["data._target_=tests.conftest.stripes_with_few_labels"] if task.startswith("semi_supervised") else []
    config = compose_cell(f"task={task}", f"estimator={estimator}", *tiny(task), *few_labels)
    latent = config.task.get("latent")
    family, n = (latent.family, latent.n) if latent else ("bernoulli" if task == "toy" else "categorical", 1)
    exists = family in class_fact(config.estimator, "families") and (n == 1 or estimator not in OF_ONE_VARIABLE)
    if not exists:
        with pytest.raises(NotApplicable):
            assemble(config)
        return
    parts = assemble(config)
    learners = torch.nn.ModuleList(parts.estimators)
    update = Step.of(config, parts.task, parts.estimators)
    if task == "toy" and class_fact(config.estimator, "objective") == "multi_sample_bound":
        with pytest.raises(NotApplicable, match="Toy has no m-sample bound, the objective of"):
            parts.task.loss(next(TrainingBatches(parts.dataset, 20, seed=0)), parts.estimators)
        return
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


@pytest.mark.parametrize("task", TASKS)
def test_every_task_can_be_built_in_its_own_size(task: str, compose_cell: Compose):
    parts = assemble(compose_cell(f"task={task}"))
    assert len(parts.estimators) == len(parts.task.latents) == len(parts.task.context_sizes)
