"""The estimator's own parameters: what trains them, that they are separate from the model, and whether they help."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from estimators.checks.problems import OneLayer, distribution
from estimators.checks.result import Broken, Measured, Skip, causes
from estimators.checks.sampling import (
    CONTEXT_SIZE,
    ROUNDING,
    Sample,
    batched,
    constant_context,
    gradients,
    seeded,
)
from estimators.checks.subject import Subject
from estimators.estimator import Deeper, Estimate, Estimator

CONTEXTS = 8
STEPS = 200
LEARNING_RATE = 0.01


@causes(
    "a missing detach",
    "the objective of the estimator's own parameters is not returned as auxiliary",
)
def separate_parameters(subject: Subject) -> str:
    """The surrogate does not reach the estimator's parameters; the auxiliary reaches all of them and nothing else."""
    estimator = subject.copy(training=True)
    own = {name: part for name, part in estimator.named_parameters() if part.requires_grad}
    problem = subject.problem()
    parameters = batched(problem.parameters(), 16)
    context = constant_context(16).clone().requires_grad_()
    with seeded(11):
        estimate = problem.estimate(estimator, parameters, context)
    reached = reached_by(estimate.surrogate.sum(), own)
    if reached:
        raise Broken(f"the surrogate's gradient reaches the estimator's own {', '.join(reached)}")
    if estimate.auxiliary is None:
        if own:
            raise Broken(f"no auxiliary in training mode, so nothing trains {', '.join(own)}")
        return "no own parameters"
    reached = reached_by(estimate.auxiliary, {**parameters, "context": context})
    if reached:
        raise Broken(f"the auxiliary's gradient reaches the model: {', '.join(reached)}")
    idle = sorted(set(own) - set(reached_by(estimate.auxiliary, own, zero=True)))
    if idle:
        raise Broken(f"the auxiliary does not depend on {', '.join(idle)}")
    return f"{len(own)} own parameter tensors"


def reached_by(objective: Tensor, tensors: Mapping[str, Tensor], zero: bool = False) -> list[str]:
    """Names of the tensors in which ``objective`` has a gradient; gradients of zero count only with ``zero``."""
    if not objective.requires_grad or not tensors:
        return []
    found = torch.autograd.grad(objective, list(tensors.values()), allow_unused=True, retain_graph=True)
    pairs = zip(tensors, found, strict=True)
    return [name for name, part in pairs if part is not None and (zero or part.count_nonzero())]


@causes(
    "the auxiliary has the wrong sign",
    "the estimator's own parameters are not used in the estimate, or with the wrong sign",
)
def auxiliary_lowers_variance(subject: Subject) -> Measured:
    """200 steps of Adam on the auxiliary lower the variance of the gradient, for a cost that depends on the context.

    The untrained estimator for comparison has seen 50 batches, so that its running statistics have settled too.
    """
    if not any(part.requires_grad for part in subject.fresh.parameters()):
        raise Skip("no own parameters")
    if not subject.fresh.unbiased:
        raise Skip("declared biased: own parameters may serve the bias")
    problem = subject.problem()
    untrained = variance_after(subject.build(), problem, steps=STEPS // 4, learning_rate=0)
    trained = variance_after(subject.build(), problem, STEPS, LEARNING_RATE)
    return Measured("variance after training relative to that before", trained / untrained, 1 - ROUNDING)


def variance_after(estimator: Estimator, problem: OneLayer, steps: int, learning_rate: float) -> float:
    """Variance of the gradient, averaged over the contexts, after training."""
    own = [part for part in estimator.parameters() if part.requires_grad]
    optimizer = torch.optim.Adam(own, learning_rate)
    estimator.train()
    with seeded(13):
        for _ in range(steps):
            _, estimate = estimate_in_contexts(estimator, problem, 16)
            if estimate.auxiliary is None:
                raise Broken("no auxiliary in training mode")
            optimizer.zero_grad()
            estimate.auxiliary.backward()
            optimizer.step()
    with seeded(14):
        parameters, estimate = estimate_in_contexts(estimator.eval(), problem, 4_000)
    found = gradients(estimate, parameters)["logits"]
    return sum(Sample.of(part).total_variance for part in found.unbind(1)) / CONTEXTS


def estimate_in_contexts(estimator: Estimator, problem: OneLayer, rows: int) -> tuple[dict[str, Tensor], Estimate]:
    """Estimates ``[rows, CONTEXTS]`` of a cost with an offset of a few nats that is a function of the context."""
    generator = torch.Generator().manual_seed(15)
    contexts = torch.randn(CONTEXTS, CONTEXT_SIZE, dtype=torch.float64, generator=generator)
    parameters = batched(problem.parameters(), rows, CONTEXTS)
    cost = problem.cost(parameters)

    def with_offset(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
        return cost(z, deeper) + 3 * contexts[:, 0]

    q = distribution(problem.latent, parameters["logits"])
    return parameters, estimator(q, with_offset, contexts.expand(rows, CONTEXTS, CONTEXT_SIZE))
