"""Stochastic layers inside the cost, whose estimates an estimator must pass on."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from estimators.checks.nested import TwoLayers
from estimators.checks.problems import distribution
from estimators.checks.recorded import is_hard
from estimators.checks.result import Broken, Measured, Skip, causes, worst
from estimators.checks.sampling import CHUNK, ROUNDING, Way, batched, constant_context, sample, seeded
from estimators.checks.subject import Subject, train
from estimators.checks.unbiasedness import no_bias
from estimators.estimator import Deeper, Estimate
from estimators.latents import Latent

MOST_CALLS = 1_000
"""Largest number of calls of the cost in one estimate."""


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
    found = sample(estimator, problem, names, fewest=CHUNK, way=Way(training=True))
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
    if estimate.auxiliary is None or not estimate.auxiliary.requires_grad:
        raise Broken("the auxiliary of the cost's own estimate is lost: the layers below would not train")
    reached = torch.autograd.grad(estimate.auxiliary, below, allow_unused=True)
    shares = [0.0 if share is None else share.item() for share in reached[:made]]
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
    calls = subject.calls
    pairs = zip(calls.codes, calls.deeper, strict=True)
    silent = sum(deeper == "sample" and not is_hard(codes) for codes, deeper in pairs)
    if silent:
        raise Broken(f"{silent} of {len(calls.codes)} evaluations are at codes that are not hard and pass no deeper=")
    return f"{len(calls.codes)} evaluations"
