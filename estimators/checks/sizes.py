"""Layers and costs that are larger than those of the other checks."""

from __future__ import annotations

from functools import partial

from estimators.checks.comparisons import exact_mean, no_bias, same_mean
from estimators.checks.problems import Embedded, Problem
from estimators.checks.result import Measured, Skip, causes, worst
from estimators.checks.sampling import CHUNK, SIGMA, TRAINING, Sample, sample
from estimators.checks.subject import Subject
from estimators.latents import Family, Latent

NUMBERS = 600_000
"""Approximate number of elements in the codes of one call."""
LARGER: dict[Family, dict[Latent, tuple[Latent, tuple[int, ...]]]] = {
    "bernoulli": {
        Latent("bernoulli", 151): (Latent("bernoulli", 4), (0, 7, 120, 150)),
        Latent("bernoulli", 11): (Latent("bernoulli", 4), (0, 5, 8, 10)),
    },
    "categorical": {
        Latent("categorical", 11, k=11): (Latent("categorical", 2, k=11), (1, 10)),
        Latent("categorical", 3, k=7): (Latent("categorical", 2, k=7), (0, 2)),
        Latent("categorical", 1, k=11): (Latent("categorical", 1, k=11), (0,)),
    },
}
"""Layers by family, the largest first, with a smaller one embedded in each, and the positions of its variables."""
WHOLE: dict[Family, Latent] = {"bernoulli": Latent("bernoulli", 9), "categorical": Latent("categorical", 2, k=7)}
"""For multi-sample bounds, which depend on variables without influence on the cost too."""


@causes(
    "a constant that depends on the number of variables or classes is right only for the usual small numbers",
    "a sum over variables is a mean, or a dimension is confused with another one of the same size",
)
def larger_layer(subject: Subject) -> Measured:
    """In a layer of many variables and classes the mean gradient is exact, and zero for variables without influence on
    the cost; that of a biased estimator is the same as in a small layer."""
    family, kind = subject.latent.family, subject.claimed or "general"
    if subject.fresh.objective == "multi_sample_bound":
        larger = subject.on_first([WHOLE[family]])
        problem: Problem = larger.problem(kind)
    else:
        larger = subject.on_first(LARGER[family])
        small, places = LARGER[family][larger.latent]
        problem = Embedded(larger.latent, subject.on_first([small]).problem(kind), places)
    chunk = max(300, min(CHUNK // 2, NUMBERS // (larger.fresh.cost_evaluations * larger.latent.size)))
    fewest, most = (chunk, 4 * chunk) if subject.claimed else (2 * chunk, 2 * chunk)
    draws = partial(sample, chunk=chunk, fewest=fewest, most=most)
    found = draws(larger.trained, problem, way=TRAINING)["logits"]
    if subject.claimed:
        what = "gradient of the logits in training mode"
        return no_bias(what, found, problem.exact_gradient()["logits"], problem, None)
    if not isinstance(problem, Embedded):
        raise Skip("declared biased, and variables without influence on the cost change the bound")
    expected = draws(subject.on_first([problem.layer.latent]).trained, problem.layer)["logits"]
    return in_the_small_layer(found, expected, problem)


def in_the_small_layer(found: Sample, expected: Sample, problem: Embedded) -> Measured:
    """Tests mean gradients at the small layer's variables against those in the small layer, and elsewhere against 0."""
    shape = problem.latent.shape
    places = list(problem.places)
    mean, variance = (part.reshape(shape) for part in (found.mean, found.variance))
    inside = Sample(mean[places].flatten(), variance[places].flatten(), found.rows, found.spread_error)
    others = [place for place in range(problem.latent.n) if place not in places]
    outside = Sample(mean[others].flatten(), variance[others].flatten(), found.rows, found.spread_error)
    zero = outside.mean.new_zeros(outside.mean.shape)
    tests = [same_mean(inside, expected, "gradient at variables of a large layer against those in a small one")]
    if others:
        tests.append(Measured("gradient of logits without influence, max |z|", outside.z_score(zero), SIGMA))
    return worst(Measured(t.what, t.statistic, t.tolerance, t.details, problem=str(problem)) for t in tests)


@causes(
    "the cost, the learning signal or the gradient is clipped or squashed",
    "a logarithm, a root or a ratio of costs is valid only for positive or small costs",
)
def larger_costs(subject: Subject) -> Measured:
    """With costs from -50 to 250 nats and large differences, the mean gradient is still exact."""
    if subject.fresh.objective == "multi_sample_bound":
        raise Skip("with such costs a single sample determines the bound")
    return exact_mean(subject.trained, subject.claimed_problem(shift=-50.0, factor=50.0))
