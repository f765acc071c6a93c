"""Invariances: properties of single estimates, compared on the same noise."""

from __future__ import annotations

import torch

from estimators.checks.problems import KINDS, OneLayer, Parameters, fixed_normal
from estimators.checks.result import Measured, Skip, causes
from estimators.checks.sampling import (
    ROUNDING,
    SIGMA,
    Sample,
    Way,
    batched,
    constant_context,
    draw,
    gradients,
    seeded,
)
from estimators.checks.subject import Subject

ROWS = 20_000


def same_noise(subject: Subject, problem: OneLayer, rows: int = ROWS) -> Parameters:
    """Draws of the trained estimator, from the same seed at every call."""
    with seeded(5):
        return draw(subject.trained, problem, rows)


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
            with seeded(5):
                found = draw(subject.trained, problem, 500, Way(training=training))["logits"]
            distances[kind, training] = (found - exact).abs().max().item()
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
    found = same_noise(subject, problem)["logits"]
    exact = problem.exact_gradient()["logits"]
    if subject.fresh.noiseless_for is not None:
        return Measured("largest distance from the exact gradient", (found - exact).abs().max().item(), ROUNDING)
    return Measured("mean gradient, max |z|", Sample.of(found).z_score(exact), SIGMA)


@causes(
    "the cost or the learning signal is clipped or rescaled",
    "a baseline is subtracted from one part of the estimate only",
)
def shifted_cost(subject: Subject) -> Measured:
    """Adding 100 nats to the cost does not change the mean gradient, nor any estimate if ``noiseless_for`` is set."""
    change = (
        same_noise(subject, subject.problem(shift=100.0))["logits"] - same_noise(subject, subject.problem())["logits"]
    )
    if subject.fresh.noiseless_for is not None:
        return Measured("largest change of an estimate", change.abs().max().item(), ROUNDING)
    return Measured("mean change, max |z|", Sample.of(change).z_score(torch.zeros_like(change[0])), SIGMA)


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
    sums = same_noise(subject, subject.problem())["logits"].sum(-1)
    if where == "mean":
        return Measured("mean sum over classes, max |z|", Sample.of(sums).z_score(torch.zeros_like(sums[0])), SIGMA)
    return Measured("largest sum over classes", sums.abs().max().item(), ROUNDING)


@causes(
    "logits are used where normalised log-probabilities belong, as in conditional noise",
    "exp(logits) is used as probabilities",
)
def shifted_logits(subject: Subject) -> Measured:
    """A constant added to all logits of a categorical variable changes no estimate; where ``zero_class_sum`` is "mean",
    it does not change the mean."""
    if subject.fresh.zero_class_sum == "none":
        raise Skip("zero_class_sum is none")
    problem = subject.problem()
    shift = 30 * fixed_normal(subject.latent.n, 1, seed=31)
    rows = 2_000 if subject.fresh.zero_class_sum == "each" else ROWS

    def estimates(shift: torch.Tensor) -> torch.Tensor:
        parameters = batched({**problem.parameters(), "logits": problem.parameters()["logits"] + shift}, rows)
        with seeded(5):
            estimate = problem.estimate(subject.trained, parameters, constant_context(rows))
        return gradients(estimate, parameters)["logits"]

    change = estimates(shift) - estimates(torch.zeros_like(shift))
    if subject.fresh.zero_class_sum == "each":
        return Measured("largest change of an estimate", change.abs().max().item(), 1e-8)
    return Measured("mean change, max |z|", Sample.of(change).z_score(torch.zeros_like(change[0])), SIGMA)
