"""Layers and costs that are larger than those of the other checks."""

from __future__ import annotations

from estimators.checks.alike import same_mean
from estimators.checks.problems import Embedded, OneLayer, Problem
from estimators.checks.result import Measured, Skip, causes, worst
from estimators.checks.sampling import CHUNK, COARSE, SIGMA, Sample, Way, sample
from estimators.checks.subject import Subject
from estimators.checks.unbiasedness import no_bias
from estimators.estimator import Estimator, NotApplicable
from estimators.latents import Family, Latent

MOST = 100_000
NUMBERS = 600_000
"""Approximate number of elements in the codes of one call."""
LARGER: dict[Family, tuple[tuple[Latent, Latent, tuple[int, ...]], ...]] = {
    "bernoulli": (
        (Latent("bernoulli", 151), Latent("bernoulli", 4), (0, 7, 120, 150)),
        (Latent("bernoulli", 11), Latent("bernoulli", 4), (0, 5, 8, 10)),
    ),
    "categorical": (
        (Latent("categorical", 11, k=11), Latent("categorical", 2, k=11), (1, 10)),
        (Latent("categorical", 3, k=7), Latent("categorical", 2, k=7), (0, 2)),
        (Latent("categorical", 1, k=11), Latent("categorical", 1, k=11), (0,)),
    ),
}
"""By family, the largest first: a layer, a smaller one embedded in it, and the positions of the latter's variables."""
WHOLE: dict[Family, Latent] = {"bernoulli": Latent("bernoulli", 9), "categorical": Latent("categorical", 2, k=7)}
"""For multi-sample bounds, which depend on variables without influence on the cost too."""


@causes(
    "a constant that depends on the number of variables or classes is right only for the usual small numbers",
    "a sum over variables is a mean, or a dimension is confused with another one of the same size",
)
def larger_layer(subject: Subject) -> Measured:
    """In a layer of many variables and classes the mean gradient is exact, and zero for variables without influence on
    the cost; that of a biased estimator is the same as in a small layer."""
    larger, problem, small = larger_problem(subject)
    evaluations = larger.fresh.cost_evaluations
    chunk = max(300, min(CHUNK // 2, NUMBERS // (evaluations * larger.latent.size)))
    if subject.fresh.unbiased or subject.fresh.exact_for not in (None, "constant"):
        found = sample(larger.trained, problem, fewest=chunk, way=Way(training=True), most=4 * chunk, chunk=chunk)
        what = "gradient of the logits in training mode"
        return no_bias(what, found["logits"], problem.exact_gradient()["logits"], problem, None)
    if not isinstance(problem, Embedded):
        raise Skip("declared biased, and variables without influence on the cost change the bound")
    found = sample(larger.trained, problem, fewest=2 * chunk, way=Way(training=True), most=2 * chunk, chunk=chunk)
    expected = sample(small.trained, problem.layer, fewest=2 * chunk, most=2 * chunk, chunk=chunk)["logits"]
    return in_the_small_layer(found["logits"], expected, problem)


def coarse_sample(estimator: Estimator, problem: Problem) -> Sample:
    """Gradients of the logits in training mode, enough of them to detect a bias of 10 %."""
    way = Way(training=True)
    return sample(estimator, problem, fewest=CHUNK, way=way, most=MOST, resolution=COARSE)["logits"]


def larger_problem(subject: Subject) -> tuple[Subject, Problem, Subject]:
    """The estimator on the largest layer that it accepts, the problem for it, and the estimator on the small layer."""
    family = subject.latent.family
    kind = "general" if subject.fresh.unbiased else subject.fresh.exact_for or "general"
    if subject.fresh.objective == "multi_sample_bound":
        larger = subject.on(WHOLE[family])
        return larger, larger.problem(kind), larger
    for latent, small, places in LARGER[family]:
        try:
            larger, inside = subject.on(latent), subject.on(small)
        except NotApplicable:
            continue
        layer = OneLayer(small, kind, objective=larger.fresh.objective_distribution)
        return larger, Embedded(latent, layer, places), inside
    raise Skip("no larger layer is accepted")


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
    problem = subject.problem(subject.claimed(), shift=-50.0, factor=50.0)
    found = coarse_sample(subject.trained, problem)
    return no_bias("gradient of the logits", found, problem.exact_gradient()["logits"], problem, None)
