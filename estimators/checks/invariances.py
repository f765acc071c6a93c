"""Invariances: properties of single estimates, compared on the same noise."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from estimators.checks.comparisons import same_distribution, same_mean, vanishes
from estimators.checks.problems import KINDS, OneLayer, Parameters, distribution, fixed_normal
from estimators.checks.result import Measured, Skip, causes
from estimators.checks.sampling import CHUNK, FEW, FEWEST, ROUNDING, Sample, Way, draw, largest, same_noise, seeded
from estimators.checks.subject import Subject
from estimators.estimator import Estimate, Estimator, NotApplicable
from estimators.latents import Latent

ROWS = 20_000


@causes(
    "the formula is wrong by a term that is small on average",
    "noiseless_for names too general a kind of cost",
)
def noiseless_where_claimed(subject: Subject) -> Measured:
    """Every single estimate is the exact gradient, in both modes, for all kinds of cost up to ``noiseless_for``."""
    richest = subject.fresh.noiseless_for
    if richest is None:
        raise Skip("noiseless_for names no kind of cost")
    distances = {}
    for kind in KINDS[: KINDS.index(richest) + 1]:
        problem = subject.problem(kind)
        exact = problem.exact_gradient()["logits"]
        for training in (True, False):
            found = same_noise(subject.trained, problem, FEW, Way(training=training))
            distances[kind, training] = largest(found - exact)
    kind, training = max(distances, key=lambda where: distances[where])
    details = f"for a {kind} cost, in {Way(training=training)}"
    return Measured("largest distance from the exact gradient", distances[kind, training], ROUNDING, details)


@causes(
    "the weights of the score do not cancel: S instead of S - 1, a wrong sign, a baseline missing in one term",
    "log_prob is not normalised, so that the mean of the score is not 0",
)
def constant_cost(subject: Subject) -> Measured:
    """A constant cost has gradient zero: on average, and exactly where ``noiseless_for`` says so."""
    if subject.fresh.objective == "multi_sample_bound" and not subject.fresh.unbiased:
        raise Skip("for a constant cost the bound still has a gradient, from which a biased estimate may differ")
    problem = subject.problem("constant")
    found = same_noise(subject.trained, problem, ROWS)
    exact = problem.exact_gradient()["logits"]
    return vanishes(found - exact, "distance from the exact gradient", subject.fresh.noiseless_for is not None)


@causes(
    "the cost or the learning signal is clipped or rescaled",
    "a baseline is subtracted from one part of the estimate only",
)
def shifted_cost(subject: Subject) -> Measured:
    """Adding 100 nats to the cost does not change the mean gradient, nor any estimate if ``noiseless_for`` is set."""
    shifted, plain = (same_noise(subject.trained, subject.problem(shift=shift), ROWS) for shift in (100.0, 0.0))
    return vanishes(shifted - plain, "change of an estimate", subject.fresh.noiseless_for is not None)


@causes(
    "log-probabilities are not normalised over the classes",
    'estimates are centred in the mean only: declare zero_class_sum = "mean"',
)
def class_gradients_sum_to_zero(subject: Subject) -> Measured:
    """The gradients of a categorical variable's logits sum to zero over its classes: in every estimate, or in the mean
    where ``zero_class_sum`` is "mean"."""
    where = subject.fresh.zero_class_sum
    if where == "none":
        raise Skip("zero_class_sum is none")
    sums = same_noise(subject.trained, subject.problem(), ROWS).sum(-1)
    return vanishes(sums, "sum over classes", where == "each")


@causes(
    "logits are used where normalised log-probabilities belong, as in conditional noise",
    "exp(logits) is used as probabilities",
)
def shifted_logits(subject: Subject) -> Measured:
    """A constant added to all logits of a categorical variable changes no estimate; where ``zero_class_sum`` is "mean",
    it does not change the mean."""
    if subject.fresh.zero_class_sum == "none":
        raise Skip("zero_class_sum is none")
    in_each = subject.fresh.zero_class_sum == "each"
    logits = subject.problem().parameters()["logits"]
    shifted = logits + 30 * fixed_normal(subject.latent.n, 1, seed=31)
    first, second = (
        same_noise(subject.trained, subject.problem(at=tuple(each.flatten().tolist())), 2_000 if in_each else ROWS)
        for each in (shifted, logits)
    )
    change = first - second
    return vanishes(change, "change of an estimate", in_each, tolerance=1e-8)


@causes(
    "a temperature or noise that is right for one family is used for both, off by a factor of 2",
    "the formula of one family lacks a factor that the other's has",
)
def two_classes_are_bernoulli(subject: Subject) -> Measured:
    """Both families give the same mean and the same variance for the same layer."""
    for n in (3, 1):
        try:
            bits = subject.build(latent=Latent("bernoulli", n))
            classes = subject.build(latent=Latent("categorical", n, k=2))
        except NotApplicable as error:
            reason = str(error)
        else:
            return as_two_classes(bits, classes)
    raise Skip(reason)


def as_two_classes(bits: Estimator, classes: Estimator) -> Measured:
    """Compares ``classes``, categorical with k=2, with ``bits``, Bernoulli.

    Their own parameters are made equal first. If their shapes depend on the family, that is impossible, the variances
    may differ, and only the means are compared.
    """
    own, others = bits.state_dict(), classes.state_dict()
    alike = {name: part.shape for name, part in own.items()} == {name: part.shape for name, part in others.items()}
    if alike:
        classes.load_state_dict(own)
    compare = same_distribution if alike else same_mean
    return compare(bernoulli_sample(classes), bernoulli_sample(bits), "two classes against Bernoulli")


def bernoulli_sample(estimator: Estimator) -> Sample:
    """The gradient of the Bernoulli logits, also for a categorical estimator, which sees them as two classes."""
    kind = AsTwoClasses if estimator.latent.family == "categorical" else OneLayer
    problem = kind(Latent("bernoulli", estimator.latent.n))
    with seeded(40 + estimator.latent.size):
        return Sample.of(torch.cat([draw(estimator, problem, CHUNK)["logits"] for _ in range(FEWEST // CHUNK)]))


@dataclass(frozen=True)
class AsTwoClasses(OneLayer):
    """A problem of bits for a categorical estimator."""

    def estimate(self, estimator: Estimator, parameters: Parameters, context: Tensor | None) -> Estimate:
        cost, logits = self.cost(parameters), parameters["logits"]
        q = distribution(estimator.latent, torch.stack([torch.zeros_like(logits), logits], -1))
        return estimator(q, lambda z, deeper="sample": cost(z[..., 1], deeper), context)
