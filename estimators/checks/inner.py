"""Stochastic layers inside the cost, whose estimates an estimator must pass on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from estimators.checks.comparisons import no_bias
from estimators.checks.problems import (
    FEATURES,
    OFFSET,
    Parameters,
    Problem,
    as_column,
    describe,
    distribution,
    fixed_normal,
    itself,
)
from estimators.checks.recorded import is_hard
from estimators.checks.result import Broken, Measured, Skip, causes, worst
from estimators.checks.sampling import CHUNK, ROUNDING, TRAINING, batched, constant_context, sample, seeded
from estimators.checks.subject import Subject, train
from estimators.distributions import Distribution
from estimators.estimator import Deeper, Estimate, Estimator
from estimators.latents import Latent

MOST_CALLS = 1_000
"""Largest number of calls of the cost in one estimate."""
RELAXED_TEMPERATURE = 0.5


@dataclass(frozen=True)
class TwoLayers(Problem):
    """E_{q(z1) q(z2|z1)}[f(z1, z2)], with ``inner`` as the estimator of the second layer.

    q(z2|z1) has logits w . z1 + "inner logits". ``objective`` is applied to both distributions.
    """

    latent: Latent
    inner: Estimator
    objective: Callable[[Distribution], Distribution] = itself

    def __str__(self) -> str:
        layers = f"{describe(self.latent)} above {describe(self.inner.latent)}"
        return f"E[2 + sum_j a_j tanh(u_j . z1 + v_j . z2 + theta_j)], {layers}, logits of about +-0.5"

    def parameters(self) -> Parameters:
        inner_logits = 0.5 * fixed_normal(*self.inner.latent.shape, seed=301)
        logits = 0.5 * fixed_normal(*self.latent.shape, seed=302)
        return {"logits": logits, "inner logits": inner_logits, "cost": 0.5 * fixed_normal(FEATURES, seed=303)}

    def inner_distribution(self, z: Tensor, parameters: Parameters) -> Distribution:
        weights = fixed_normal(self.latent.size, self.inner.latent.size, seed=304).to(z.dtype)
        shift = self.latent.flatten(z) @ weights
        shape = self.inner.latent.shape
        return distribution(self.inner.latent, shift.reshape(*shift.shape[:-1], *shape) + parameters["inner logits"])

    def inner_cost(self, z: Tensor, parameters: Parameters) -> Callable[..., Tensor]:
        theta = parameters["cost"]
        first = fixed_normal(self.latent.size, FEATURES, seed=305).to(z.dtype)
        second = 1.5 * fixed_normal(self.inner.latent.size, FEATURES, seed=306).to(z.dtype)
        amplitudes = torch.tensor([1.5, -1.2, 1.0], dtype=theta.dtype)
        from_first = self.latent.flatten(z) @ first + theta

        def cost(z2: Tensor, deeper: Deeper = "sample") -> Tensor:
            return OFFSET + (torch.tanh(from_first + self.inner.latent.flatten(z2) @ second) * amplitudes).sum(-1)

        return cost

    def expected(self, parameters: Parameters) -> Tensor:
        q = self.objective(distribution(self.latent, parameters["logits"]))
        z = q.support()
        below = self.objective(self.inner_distribution(z, parameters))
        z2 = below.support()[:, None].expand(-1, *below.logits.shape)
        inner_expectation = (below.log_prob(z2).exp() * self.inner_cost(z, parameters)(z2)).sum(0)
        return (q.log_prob(z).exp() * inner_expectation).sum()

    def estimate(self, estimator: Estimator, parameters: Parameters, context: Tensor | None) -> Estimate:
        def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
            below = self.inner_distribution(z, parameters)
            inner_cost = self.inner_cost(z, parameters)
            if deeper == "mean":
                return inner_cost(below.mean)
            if deeper == "relaxed":
                return inner_cost(below.relax(below.noise(), RELAXED_TEMPERATURE))
            estimate = self.inner(below, inner_cost, self.latent.flatten(z))
            undo_scale(below.logits, estimate)
            return estimate

        return estimator(distribution(self.latent, parameters["logits"]), cost, context)


def undo_scale(logits: Tensor, estimate: Estimate) -> None:
    """Divides the gradient that reaches ``logits`` by the estimator's positive scale."""
    if estimate.scale is not None and logits.requires_grad:
        scale = estimate.scale.detach()
        logits.register_hook(lambda gradient: gradient / as_column(scale, gradient))


@causes(
    "at_z.value is used where at_z.surrogate belongs, or the other way round",
    "a control variate's evaluation of the cost does not pass deeper=, or lets a gradient through to the layers below",
)
def two_layers(subject: Subject) -> Measured:
    """In training mode the mean gradients are exact with a second stochastic layer inside the cost, which has another
    instance of the estimator.

    For an unbiased estimator these are the gradients of the logits of both layers and of the cost's parameter; for a
    biased one that draws hard codes, that of the cost's parameter.
    """
    if subject.fresh.objective != "expected_cost":
        raise Skip("a multi-sample bound is one bound over all layers together")
    if subject.relaxes:
        raise Skip("the cost sees relaxed codes only")
    outer = subject.latent
    inner = subject.build(outer.size, Latent(outer.family, max(1, outer.n // 2), outer.k))
    estimator, problem = subject.build(), TwoLayers(outer, inner, subject.fresh.objective_distribution)
    train(nn.ModuleList([estimator, inner]), partial(problem.estimate, estimator), problem)
    names = ("logits", "inner logits", "cost") if subject.fresh.unbiased else ("cost",)
    exact = problem.exact_gradient()
    inner.train()
    found = sample(estimator, problem, names, fewest=CHUNK, way=TRAINING)
    return worst(no_bias(f"gradient of the {name}", found[name], exact[name], problem) for name in names)


@causes(
    "at_z.auxiliary is not passed on",
    "at_z.auxiliary is added twice, or is part of the estimator's own objective as well",
)
def deeper_auxiliary(subject: Subject) -> str:
    """The auxiliary of the layers below, which is part of the cost's estimate, is passed on once."""
    if subject.fresh.objective != "expected_cost":
        raise Skip("a multi-sample bound is one bound over all layers together")
    problem = subject.problem()
    parameters = batched(problem.parameters(), 8)
    cost = problem.cost(parameters)
    below = [torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in range(MOST_CALLS)]
    calls = iter(below)

    def with_auxiliary(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
        answer = Estimate.of(cost(z, deeper))
        return Estimate(answer.surrogate, answer.value, next(calls) * 1) if deeper == "sample" else answer

    with seeded(12):
        q = distribution(subject.latent, parameters["logits"])
        estimate = subject.build().train()(q, with_auxiliary, constant_context(8))
    made = MOST_CALLS - len(list(calls))
    if not made:
        raise Skip("the layers below are never sampled")
    shares = [0.0]
    if estimate.auxiliary is not None and estimate.auxiliary.requires_grad:
        shares = [
            share.item() for share in torch.autograd.grad(estimate.auxiliary, below[:made], materialize_grads=True)
        ]
    if sum(shares) <= 0:
        raise Broken("the auxiliary of the cost's own estimate is lost: the layers below would not train")
    if max(shares) > 1 + ROUNDING or (len(shares) == 1 and shares[0] < 1 - ROUNDING):
        raise Broken(f"the auxiliary of one evaluation of the cost is counted {max(shares):g} times")
    return "passed on once"


@causes(
    'the evaluation at the mean does not pass deeper="mean"',
    'the evaluation at a relaxed code does not pass deeper="relaxed"',
)
def deeper_is_said(subject: Subject) -> str:
    """Where an unbiased estimator evaluates the cost at codes that are not hard, for a control variate, it passes
    ``deeper=`` for the layers below."""
    if not subject.fresh.unbiased:
        raise Skip("declared biased: it may use relaxed codes as samples")
    call = subject.call
    pairs = zip(call.codes, call.deeper, strict=True)
    silent = sum(deeper == "sample" and not is_hard(codes) for codes, deeper in pairs)
    if silent:
        raise Broken(f"{silent} of {len(call.codes)} evaluations are at codes that are not hard and pass no deeper=")
    return f"{len(call.codes)} evaluations"
