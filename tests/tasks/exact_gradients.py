"""Mean gradients of a task under an estimator, against those under another one that is exact."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from omegaconf import OmegaConf
from torch import Tensor

import conf
from estimators import Estimator, Latent, NotApplicable, build
from tasks.batches import Batch
from tasks.task import Task

CHUNKS = 40
DRAWS = 2500
"""Estimates of the gradient in a chunk; together the standard error is under 1 % of the gradient for all but
REINFORCE."""

LARGEST_SCORE = 5.5
"""In standard errors with 39 degrees of freedom: exceeded once in 10^5 right parameters, a few hundred are tested."""


OF_ONE_VARIABLE = ("sum_and_sample",)
"""Estimators that exist for a layer of one variable only."""


def exists_for(name: str, latent: Latent) -> bool:
    """Whether the configured estimator should exist for the layer, by what its class says."""
    return latent.family in _class_of(name).families and (latent.n == 1 or name not in OF_ONE_VARIABLE)


def estimators_for(name: str, task: Task) -> list[Estimator]:
    """The configured estimator on each of the task's layers, in float64 and not learning.

    Raises:
        NotApplicable: the method does not exist for a layer.
    """
    config = OmegaConf.load(Path(conf.__path__[0]) / "estimator" / f"{name}.yaml")
    layers = zip(task.latents, task.context_sizes, strict=True)
    return [build(config, latent=latent, context_size=size).double().eval() for latent, size in layers]


def unbiased(objective: str = "expected_cost") -> list[str]:
    """Names of the configured estimators without bias."""
    names = sorted(path.stem for path in (Path(conf.__path__[0]) / "estimator").glob("*.yaml"))
    return [name for name in names if (facts := _class_of(name)).unbiased and facts.objective == objective]


def _class_of(name: str) -> Estimator:
    config = OmegaConf.load(Path(conf.__path__[0]) / "estimator" / f"{name}.yaml")
    for latent in (Latent("categorical", n=1, k=3), Latent("bernoulli", n=1)):
        try:
            return build(config, latent=latent)
        except NotApplicable:
            continue
    raise AssertionError(f"{name} exists for no family")


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
