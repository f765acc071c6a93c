"""Ways to ask for an estimate that its mean and variance must not depend on: the mode, the layout of the batch, the
precision."""

from __future__ import annotations

import torch

from estimators.checks.alike import same_distribution, same_mean, same_variance, variance_ratio
from estimators.checks.result import Measured, causes, worst
from estimators.checks.sampling import (
    CHUNK,
    COARSE,
    FEWEST,
    RESOLUTION,
    ROUNDING,
    Sample,
    Way,
    draw,
    sample,
    seeded,
)
from estimators.checks.subject import Subject
from estimators.checks.unbiasedness import no_bias

TRAINING = Way(training=True)
FLOAT32_ROUNDING = 1e-5


@causes(
    "something happens under `if self.training` that changes the estimate: a factor, a detach, a missing baseline",
    "running statistics of this very call, instead of those of past calls, are used for this call",
)
def training_mode(subject: Subject) -> Measured:
    """In training mode the estimate has the mean that it has in evaluation mode, where it is measured: the exact one
    where that is claimed; and a variance that is alike."""
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
    """The means of gradients and ``value`` that are asked for in one way: exact, or those of the usual estimates."""
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
        *(test(each, not subject.relaxes) for each in ("cost", "value")),
    ]


def same_law_in(subject: Subject, way: Way, what: str) -> Measured:
    """The distribution of the estimates that are asked for in another way, against the usual one."""
    problem = subject.problem()
    with seeded(61):
        drawn = draw(subject.trained, problem, CHUNK, way)
    found = {name: Sample.of(drawn[name]) for name in ("logits", "cost")}
    plain = subject.sample(problem)
    return worst(same_distribution(found[name], plain[name], f"{what}, gradient of the {name}") for name in found)


@causes(
    "a dimension is counted from the front where it must be counted from the back, or the other way round",
    "logits are flattened or viewed as if they were contiguous and had one batch dimension",
)
def batch_layout(subject: Subject) -> Measured:
    """Two and three batch dimensions and logits that are not contiguous change neither mean nor variance."""
    ways = {"5,000 x 5": Way(columns=(5,), strided=True), "2,500 x 5 x 2": Way(columns=(5, 2), strided=True)}
    return worst(same_law_in(subject, way, f"batch of {size}, strided logits") for size, way in ways.items())


@causes(
    "an epsilon, a clamp or a difference that is harmless in float64 decides in float32",
    "a part of the formula is written for one precision",
)
def single_precision(subject: Subject) -> Measured:
    """In float32 and training mode gradients and value have the mean that they have in float64: the exact one where
    that is claimed; and the variance."""
    problem = subject.problem()
    way = Way(training=True, dtype=torch.float32)
    found = sample(subject.trained, problem, fewest=CHUNK, way=way, most=FEWEST, resolution=COARSE)
    usual = subject.sample(problem, TRAINING, fewest=2 * CHUNK)
    variances = [
        same_variance(found[name], usual[name], f"{way}, gradient of the {name}") for name in ("logits", "cost")
    ]
    return worst([*variances, *right_means(subject, found, usual, way, None, FLOAT32_ROUNDING)])
