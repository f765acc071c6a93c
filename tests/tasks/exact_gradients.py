"""Mean gradients of a task under an estimator, against those under another one that is exact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from estimators import Estimator, Latent
from tasks.batches import Batch
from tasks.task import Task
from tests.crossing import FACTORIES, NODES, exists_for, facts

CHUNKS = 40
DRAWS = 1250
"""Estimates of the gradient in a chunk; together the standard error is under 1.5 % of the gradient for all but
REINFORCE."""

LARGEST_SCORE = 5.5
"""In standard errors with 39 degrees of freedom: exceeded once in 10^5 right parameters, a few hundred are tested."""


def estimators_for(name: str, task: Task) -> list[Estimator]:
    """The configured estimator on each of the task's layers, in float64 and not learning.

    Raises:
        NotApplicable: the method does not exist for a layer.
    """
    layers = zip(task.latents, task.context_sizes, strict=True)
    return [FACTORIES[name](latent, size).double().eval() for latent, size in layers]


UNBIASED = [name for name in NODES if facts(name).unbiased and facts(name).objective == "expected_cost"]
"""Names of the configured estimators without bias."""


EXPENSIVE = ("unordered_set",)
"""Of two layers it takes ten times as long as any other; its mean is tested over every draw elsewhere."""


def each_once(*latents: Latent, tasks: int = 1, number: int = 0) -> list[Any]:
    """Parameters (latent, name): every unbiased estimator on each layer that it exists for, slow on all but one.

    Of several ``tasks`` of the same layers, each has the estimators that are not slow on the others.
    """
    parameters = []
    for place, name in enumerate(UNBIASED):
        own = [latent for latent in latents if exists_for(name, latent)]
        quick = own and place % tasks == number and name not in EXPENSIVE
        fast = own[place // tasks % len(own)] if quick else None
        for latent in own:
            marks = () if latent is fast else pytest.mark.slow
            parameters.append(pytest.param(latent, name, id=f"{latent.family}-{name}", marks=marks))
    return parameters


def gradient(task: Task, estimators: Sequence[Estimator], batch: Batch) -> Tensor:
    """Of the mean loss, for all parameters of the task in a row."""
    parameters = [p for p in task.parameters() if p.requires_grad]
    loss = task.loss(batch, estimators).surrogate.mean()
    gradients = torch.autograd.grad(loss, parameters, materialize_grads=True)
    return torch.cat([part.flatten() for part in gradients])


def largest_score(task: Task, estimators: Sequence[Estimator], exact: Tensor, batch: Batch) -> float:
    """The largest distance of a parameter's mean estimate from the exact gradient, in standard errors."""
    repeated = Batch(batch.x.repeat(DRAWS, 1), None)
    torch.manual_seed(0)
    means = torch.stack([gradient(task, estimators, repeated) for _ in range(CHUNKS)])
    error = means.std(0) / CHUNKS**0.5
    distance = (means.mean(0) - exact).abs()
    # Some parameters have an exact gradient without noise, up to rounding.
    return (distance / error.clamp(min=1e-9)).max().item()
