"""The mean gradient against the exact one."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from estimators.checks.problems import KINDS, TwoLayers
from estimators.checks.result import Broken, Measured, Skip
from estimators.checks.sampling import CHUNK, RESOLUTION, SIGMA, Sample, relative_bias, sample
from estimators.checks.subject import Subject, train
from estimators.estimator import CostKind
from estimators.latents import Latent


def no_bias(what: str, found: Sample, exact: Tensor) -> Measured:
    """The z-test of an exact mean; broken when the draws cannot tell a bias of 5 % from noise."""
    resolution = found.resolution(exact)
    if resolution > 1.1 * RESOLUTION:
        raise Broken(
            f"{what}: after {found.rows:,} draws the standard error is still {resolution:.1%} of the exact gradient's "
            "norm; a bias of 5 % cannot be seen"
        )
    details = f"off by {relative_bias(found, exact):.2%} of the norm, {found.rows:,} draws"
    return Measured(f"{what}, max |z|", found.z_score(exact), SIGMA, details)


def unbiased_logits(subject: Subject) -> Measured:
    """E[gradient of the logits] is exact, on a cost that is neither additive nor a polynomial."""
    if not subject.fresh.unbiased:
        raise Skip("declared biased: see exact_where_claimed and bias_is_real")
    problem = subject.problem()
    return no_bias("gradient of the logits", subject.sample(problem)["logits"], problem.exact_gradient()["logits"])


def unbiased_cost_parameters(subject: Subject) -> Measured:
    """E[gradient of a parameter inside the cost] is exact for whoever evaluates the cost at hard codes."""
    if subject.relaxes:
        if subject.fresh.unbiased:
            raise Broken("declared unbiased, but the cost is never evaluated at hard codes")
        raise Skip("the cost sees relaxed codes only, so its parameters get the gradient of the relaxed model")
    problem = subject.problem()
    found = subject.sample(problem)["cost"]
    return no_bias("gradient of the cost's parameter", found, problem.exact_gradient()["cost"])


def two_layers(subject: Subject) -> Measured:
    """The same with a second stochastic layer inside the cost, served by another instance of the estimator.

    An unbiased estimator must get the logits of both layers and the cost's parameter right; a biased one that draws
    hard codes the cost's parameter.
    """
    if subject.fresh.objective != "expected_cost":
        raise Skip("a multi-sample bound is one over all layers together")
    if subject.relaxes:
        raise Skip("the cost sees relaxed codes only")
    outer = subject.latent
    inner = subject.build(outer.size, Latent(outer.family, max(1, outer.n // 2), outer.k))
    estimator, problem = subject.build(), TwoLayers(outer, inner, subject.fresh.objective_distribution)
    train(nn.ModuleList([estimator, inner]), partial(problem.estimate, estimator), problem)
    names = ("logits", "inner logits", "cost") if subject.fresh.unbiased else ("cost",)
    exact = problem.exact_gradient()
    found = sample(estimator, problem, names, fewest=CHUNK)
    tests = [no_bias(f"gradient of the {name}", found[name], exact[name]) for name in names]
    return max(tests, key=lambda test: test.statistic)


def exact_where_claimed(subject: Subject) -> Measured:
    """A biased estimator has no bias on the kind of cost that ``exact_for`` names."""
    kind = subject.fresh.exact_for
    if kind is None:
        raise Skip("exact_for names no kind of cost")
    problem = subject.problem(kind)
    exact = problem.exact_gradient()["logits"]
    if kind == "constant":
        found = subject.sample(problem)["logits"]
        return Measured("gradient of a constant cost, max |z|", found.z_score(exact), SIGMA)
    return no_bias(f"gradient of a {kind} cost", subject.sample(problem)["logits"], exact)


def bias_is_real(subject: Subject) -> Measured:
    """A declared bias shows on the next richer kind of cost than ``exact_for``; otherwise the class facts are wrong."""
    if subject.fresh.unbiased:
        raise Skip("declared unbiased")
    kind = next_richer(subject.fresh.exact_for, subject.latent)
    problem = subject.problem(kind)
    found, exact = subject.sample(problem)["logits"], problem.exact_gradient()["logits"]
    details = f"off by {relative_bias(found, exact):.2%} of the norm; without it exact_for or unbiased understates"
    return Measured(f"bias on a {kind} cost, max |z|", found.z_score(exact), SIGMA, details, relation=">=")


def next_richer(kind: CostKind | None, latent: Latent) -> str:
    """The kind of cost after this one that differs from it for this latent; "general" after all of them."""
    if kind is None or kind == KINDS[-1]:
        return "general"
    richer = KINDS[KINDS.index(kind) + 1]
    # With one variable there are no products of different variables.
    return "quadratic" if latent.n == 1 and richer == "multilinear" else richer
