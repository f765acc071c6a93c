"""Which objective a task is trained on is chosen once, in the base class."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from estimators import Estimate, Estimator, Latent, NotApplicable
from estimators.multi_sample import VIMCO
from estimators.score_function import Reinforce
from tasks.batches import Batch
from tasks.task import Task

LATENT = Latent("bernoulli", n=2)
BATCH = Batch(torch.zeros(3, 4), None)


class ExpectedOnly(Task):
    """A task that says nothing of bounds of several samples."""

    latents = (LATENT, LATENT)
    context_sizes = (None, None)

    def expected_loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        return Estimate.of(batch.x.sum(-1))

    def log_weights(self, batch: Batch, samples: int) -> Tensor:
        return batch.x.sum(-1).expand(samples, -1)


class Both(ExpectedOnly):
    def multi_sample_loss(self, batch: Batch, estimator: Estimator) -> Estimate:
        return Estimate.of(batch.x.sum(-1) + 7)


def test_an_estimator_gets_the_loss_of_its_objective():
    assert Both().loss(BATCH, [Reinforce(LATENT)]).value.tolist() == [0, 0, 0]
    assert Both().loss(BATCH, [VIMCO(LATENT)]).value.tolist() == [7, 7, 7]


def test_a_task_without_a_bound_of_several_samples_is_not_applicable_rather_than_wrong():
    with pytest.raises(NotApplicable, match="ExpectedOnly has no m-sample bound, the objective of VIMCO"):
        ExpectedOnly().loss(BATCH, [VIMCO(LATENT), VIMCO(LATENT)])


def test_layers_with_different_objectives_are_refused():
    with pytest.raises(ValueError, match=r"one objective, not \['expected_cost', 'multi_sample_bound'\]"):
        Both().loss(BATCH, [Reinforce(LATENT), VIMCO(LATENT)])
