"""Replicas: ``torch.func.vmap`` over stacked module states."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.func import functional_call, grad, stack_module_state, vmap

from estimators.checks.comparisons import same_distribution
from estimators.checks.problems import OneLayer, Parameters, as_column, distribution
from estimators.checks.result import Broken, Measured, causes
from estimators.checks.sampling import CHUNK, Sample, batched, constant_context, seeded
from estimators.checks.subject import Subject
from estimators.estimator import Estimate, Estimator

REPLICAS = 4
DRAWS = 50_000


@causes(
    "a branch on the value of a tensor, .item(), torch.autograd.grad, or an in-place random operation",
    "noise that replicas share",
)
def replicas(subject: Subject) -> Measured:
    """Stacked replicas under ``vmap`` have the distribution of one model, and train the estimator's own parameters."""
    problem = subject.problem()
    train_stacked(subject, problem)
    found = Sample.of(torch.cat([draw_stacked(subject, problem, seed) for seed in range(DRAWS // CHUNK)]))
    return same_distribution(found, subject.sample(problem)["logits"], "replicas against one model")


def draw_stacked(subject: Subject, problem: OneLayer, seed: int) -> Tensor:
    """Gradients of the logits from all replicas, ``[CHUNK, n(, k)]``, divided by the estimate's scale."""
    template, own, buffers = stacked(subject)

    def surrogate(logits: Tensor, theta: Tensor, own: Parameters, buffers: Parameters) -> tuple[Tensor, Tensor]:
        estimate = stateless(template, problem, (own, buffers), logits, theta)
        scale = torch.ones_like(estimate.value) if estimate.scale is None else estimate.scale
        return estimate.surrogate.sum(), scale.expand_as(estimate.value)

    parameters = batched(problem.parameters(), REPLICAS, CHUNK // REPLICAS)
    inputs = parameters["logits"].detach(), parameters["cost"].detach()
    with seeded(8 + seed):
        found, scale = vmap(grad(surrogate, has_aux=True), randomness="different")(*inputs, own, buffers)
    return (found / as_column(scale, found)).flatten(0, 1)


def train_stacked(subject: Subject, problem: OneLayer) -> None:
    """One training call, with the gradient of the auxiliary; errors of the estimator are passed on."""
    template, own, buffers = stacked(subject, training=True)

    def auxiliary(own: Parameters, buffers: Parameters, logits: Tensor, theta: Tensor) -> Tensor:
        objective = stateless(template, problem, (own, buffers), logits, theta).auxiliary
        return logits.new_zeros(()) if objective is None else objective

    parameters = batched(problem.parameters(), REPLICAS, 64)
    inputs = parameters["logits"].detach(), parameters["cost"].detach()
    with seeded(8):
        found = vmap(grad(auxiliary), randomness="different")(own, buffers, *inputs)
    for name, gradient in found.items():
        if not gradient.isfinite().all():
            raise Broken(f"under vmap the auxiliary's gradient of {name} is not finite")


def stacked(subject: Subject, training: bool = False) -> tuple[Estimator, Parameters, Parameters]:
    """A module to call, and the stacked parameters and buffers of all replicas."""
    models = [subject.copy(training) for _ in range(REPLICAS)]
    own, buffers = stack_module_state(models)
    return models[0], own, buffers


def stateless(
    template: Estimator, problem: OneLayer, state: tuple[Parameters, Parameters], logits: Tensor, theta: Tensor
) -> Estimate:
    """The estimate of one replica, with its own parameters and buffers."""
    q = distribution(problem.latent, logits)
    return functional_call(template, state, (q, problem.cost({"cost": theta}), constant_context(len(logits))))
