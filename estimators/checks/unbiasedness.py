"""The mean gradient against the exact one."""

from __future__ import annotations

from estimators.checks.comparisons import no_bias
from estimators.checks.problems import KINDS
from estimators.checks.result import Broken, Measured, Skip, causes
from estimators.checks.sampling import RESOLUTION, SIGMA, relative_bias
from estimators.checks.subject import Subject
from estimators.estimator import CostKind
from estimators.latents import Latent


@causes(
    "a constant factor of the formula, such as 1/2 or 1/(S - 1), is missing or applied twice",
    "a baseline depends on the sample that it is subtracted for, or a control variate's expectation is not added",
)
def unbiased_logits(subject: Subject) -> Measured:
    """The mean gradient of the logits is exact for a cost that is neither additive nor a polynomial."""
    if not subject.fresh.unbiased:
        raise Skip("declared biased: see exact_where_claimed and bias_is_real")
    problem = subject.problem()
    return no_bias("gradient of the logits", subject.sample(problem)["logits"], problem.exact_gradient()["logits"])


@causes(
    "the surrogate lacks at_z.surrogate, or multiplies it by something",
    "a control variate's evaluation of the cost is not detached from the cost's parameters",
)
def unbiased_cost_parameters(subject: Subject) -> Measured:
    """The mean gradient of a parameter inside the cost is exact, if the cost is evaluated at hard codes."""
    if subject.relaxes:
        if subject.fresh.unbiased:
            raise Broken("declared unbiased, but the cost is never evaluated at hard codes")
        raise Skip("the cost sees relaxed codes only, so its parameters get the gradient of the relaxed model")
    problem = subject.problem()
    found = subject.sample(problem)["cost"]
    return no_bias("gradient of the cost's parameter", found, problem.exact_gradient()["cost"])


@causes(
    "the formula is wrong by a factor, or by a term that vanishes for simpler costs",
    "exact_for names too general a kind of cost",
)
def exact_where_claimed(subject: Subject) -> Measured:
    """A biased estimator has no bias for the kind of cost that ``exact_for`` names."""
    kind = subject.fresh.exact_for
    if kind is None:
        raise Skip("exact_for names no kind of cost")
    problem = subject.problem(kind)
    found, exact = subject.sample(problem)["logits"], problem.exact_gradient()["logits"]
    resolution = None if kind == "constant" else RESOLUTION
    return no_bias(f"gradient of a {kind} cost", found, exact, problem, resolution)


@causes(
    "the estimator is unbiased and should declare it",
    "exact_for could name a more general kind of cost",
)
def bias_is_real(subject: Subject) -> Measured:
    """A biased estimator has a bias for the next more general kind of cost after ``exact_for``; otherwise a declaration
    is wrong."""
    if subject.fresh.unbiased:
        raise Skip("declared unbiased")
    kind = next_richer(subject.fresh.exact_for, subject.latent)
    problem = subject.problem(kind)
    found, exact = subject.sample(problem)["logits"], problem.exact_gradient()["logits"]
    details = f"off by {relative_bias(found, exact):.2%} of the norm; without a bias exact_for or unbiased is wrong"
    what = f"bias for a {kind} cost, max |z|"
    return Measured(what, found.z_score(exact), SIGMA, details, relation=">=", problem=str(problem))


def next_richer(kind: CostKind | None, latent: Latent) -> str:
    """The kind of cost after this one that differs from it for this latent; "general" after all of them."""
    if kind is None or kind == KINDS[-1]:
        return "general"
    richer = KINDS[KINDS.index(kind) + 1]
    # With one variable there are no products of different variables.
    return "quadratic" if latent.n == 1 and richer == "multilinear" else richer
