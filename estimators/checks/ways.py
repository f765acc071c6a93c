"""Conditions on which an estimate's mean and variance must not depend: mode, batch layout and precision."""

from __future__ import annotations

import torch

from estimators.checks.comparisons import no_bias, same_distribution, same_mean, same_variance, variance_ratio
from estimators.checks.result import Measured, causes, worst
from estimators.checks.sampling import (
    CHUNK,
    COARSE,
    FEWEST,
    RESOLUTION,
    ROUNDING,
    TRAINING,
    Sample,
    Way,
    draw,
    sample,
    seeded,
)
from estimators.checks.subject import Subject

FLOAT32_ROUNDING = 1e-5


@causes(
    "code under `if self.training` changes the estimate: a factor, a detach, a missing baseline",
    "running statistics that include this call, instead of those of past calls, are used for this call",
)
def training_mode(subject: Subject) -> Measured:
    """In training mode the estimate has the exact mean, if claimed, or otherwise that of evaluation mode, and a similar
    variance."""
    problem = subject.problem()
    plain, found = subject.sample(problem), subject.sample(problem, TRAINING, fewest=2 * CHUNK)
    about = "training against evaluation mode"
    tests = [variance_ratio(found["logits"], plain["logits"], about), *right_means(subject, found, plain, TRAINING)]
    if not subject.fresh.unbiased:
        tests.append(same_variance(found["logits"], plain["logits"], about))
    return worst(tests)


def right_means(
    subject: Subject,
    found: dict[str, Sample],
    usual: dict[str, Sample],
    way: Way,
    resolution: float | None = RESOLUTION,
    rounding: float = ROUNDING,
) -> list[Measured]:
    """Tests the means of gradients and ``value`` in one way against the exact ones or those of usual estimates."""
    problem = subject.problem()
    about, exact = f"{problem}, {way}", problem.exact_gradient()
    exact["value"] = problem.expected(problem.parameters()).detach()
    names = {"logits": "gradient of the logits", "cost": "gradient of the cost's parameter", "value": "value"}

    def test(name: str, is_exact: bool) -> Measured:
        what = f"{names[name]} in {way}"
        if is_exact:
            asked = resolution if name == "logits" else None
            return no_bias(what, found[name], exact[name], about, asked, rounding)
        return same_mean(found[name], usual[name], f"{what} against the usual estimates", rounding)

    return [
        test("logits", bool(subject.fresh.unbiased)),
        *(test(name, not subject.relaxes) for name in ("cost", "value")),
    ]


def same_distribution_in(subject: Subject, way: Way, what: str) -> Measured:
    """Tests the distribution of estimates in another way against the usual one."""
    problem = subject.problem()
    with seeded(61):
        drawn = draw(subject.trained, problem, CHUNK, way)
    found = {name: Sample.of(drawn[name]) for name in ("logits", "cost")}
    plain = subject.sample(problem)
    return worst(same_distribution(found[name], plain[name], f"{what}, gradient of the {name}") for name in found)


@causes(
    "a dimension is indexed from the front where it must be indexed from the back, or the other way round",
    "logits are flattened or viewed as if they were contiguous and had one batch dimension",
)
def batch_layout(subject: Subject) -> Measured:
    """Two and three batch dimensions and non-contiguous logits change neither mean nor variance."""
    ways = {"5,000 x 5": Way(columns=(5,), strided=True), "2,500 x 5 x 2": Way(columns=(5, 2), strided=True)}
    return worst(same_distribution_in(subject, way, f"batch of {size}, strided logits") for size, way in ways.items())


@causes(
    "an epsilon, a clamp or a difference that is harmless in float64 dominates in float32",
    "a part of the formula is written for one precision",
)
def single_precision(subject: Subject) -> Measured:
    """In float32 and training mode, gradients and value have the exact mean, if claimed, or otherwise that of float64,
    and the variance of float64."""
    problem = subject.problem()
    way = Way(training=True, dtype=torch.float32)
    found = sample(subject.trained, problem, fewest=CHUNK, way=way, most=FEWEST, resolution=COARSE)
    usual = subject.sample(problem, TRAINING, fewest=2 * CHUNK)
    variances = [
        same_variance(found[name], usual[name], f"{way}, gradient of the {name}") for name in ("logits", "cost")
    ]
    return worst([*variances, *right_means(subject, found, usual, way, None, FLOAT32_ROUNDING)])
