"""Ways to ask for an estimate that its mean and variance must not depend on: the mode, the layout of the batch, the
precision."""

from __future__ import annotations

import torch

from estimators.checks.laws import same_law, same_mean, variance_ratio
from estimators.checks.result import Measured, causes, worst
from estimators.checks.sampling import CHUNK, ROUNDING, SIGMA, Sample, Way, draw, sample, seeded
from estimators.checks.subject import Subject
from estimators.checks.unbiasedness import no_bias


@causes(
    "something happens under `if self.training` that changes the estimate: a factor, a detach, a missing baseline",
    "running statistics of this very call, instead of those of past calls, are used for this call",
)
def training_mode(subject: Subject) -> Measured:
    """In training mode the estimate has the mean that it has in evaluation mode, where it is measured: the exact one
    where that is claimed; and a variance that is alike."""
    problem = subject.problem()
    way = Way(training=True)
    about = f"{problem}, training mode"
    plain, found = subject.sample(problem), sample(subject.trained, problem, fewest=2 * CHUNK, way=way)
    tests = [variance_ratio(found["logits"], plain["logits"], "training against evaluation mode")]
    exact = problem.exact_gradient()
    if subject.fresh.unbiased:
        tests.append(no_bias("gradient of the logits in training mode", found["logits"], exact["logits"], about))
    else:
        tests.append(same_law(found["logits"], plain["logits"], "training against evaluation mode"))
    if subject.relaxes:
        tests.append(same_mean(found["cost"], plain["cost"], "cost's parameter, training against evaluation mode"))
        tests.append(same_mean(found["value"], plain["value"], "value, training against evaluation mode"))
    else:
        what = "gradient of the cost's parameter in training mode"
        tests.append(no_bias(what, found["cost"], exact["cost"], about, None))
        value = problem.expected(problem.parameters()).detach()
        tests.append(Measured("value in training mode, |z|", found["value"].z_score(value), SIGMA, problem=about))
    return worst(tests)


def same_law_in(subject: Subject, way: Way, what: str, rounding: float = ROUNDING) -> Measured:
    """The law of the estimates that are asked for in another way, against the usual one."""
    problem = subject.problem()
    with seeded(61):
        drawn = draw(subject.trained, problem, CHUNK, way)
    found = {name: Sample.of(drawn[name].double()) for name in ("logits", "cost")}
    plain = subject.sample(problem)
    return worst(same_law(found[name], plain[name], f"{what}, gradient of the {name}", rounding) for name in found)


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
    """In float32 the estimates have the mean and variance that they have in float64."""
    return same_law_in(subject, Way(dtype=torch.float32), "float32", rounding=1e-5)
