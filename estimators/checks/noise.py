"""The noise: independent between variables, examples and calls, and drawn from torch's generator."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from estimators.checks.problems import OneLayer, distribution, fixed_normal
from estimators.checks.recorded import record
from estimators.checks.result import Measured, Skip, causes, worst
from estimators.checks.sampling import ROUNDING, SIGMA, batched, constant_context, gradients, largest, seeded
from estimators.checks.subject import Subject
from estimators.estimator import Deeper, Estimator

ROWS = 4_096
PROJECTIONS = 3
MANY = 6.0
"""Threshold, in standard errors, for the largest of some ten thousand correlations."""


@causes(
    "noise is drawn once and shared, or mirrored, between examples",
    "a baseline or a normalisation is computed over the examples of the batch",
)
def independent_examples(subject: Subject) -> Measured:
    """The estimates of two examples are uncorrelated, wherever they are in the batch, so that the variance of the
    batch mean is inversely proportional to the batch size."""
    tests = []
    for training, batch in ((True, (ROWS,)), (False, (ROWS // 4, 4))):
        with seeded(64):
            first, second = (random_numbers(subject.copy(training), subject.problem(), batch) for _ in range(2))
        tests.append(same_batch_mean(first, second))
        tests += [correlation_in_the_batch(one) for one in projected(first).unbind(1)]
    return worst(tests)


def same_batch_mean(first: Tensor, second: Tensor) -> Measured:
    """The means of two batches ``[rows, numbers]`` differ by no more than those of independent examples."""
    error = ((first.var(0) + second.var(0)) / len(first)).sqrt()
    floor = ROUNDING * (1 + first.abs().amax(0))
    z = (first.mean(0) - second.mean(0)).abs() / (error + floor)
    return Measured("difference of the means of two batches, max |z|", z.max().item(), MANY, "noise shared by examples")


def random_numbers(estimator: Estimator, problem: OneLayer, batch: tuple[int, ...]) -> Tensor:
    """The random parts of each example's estimate, gradient and first codes of each call: ``[rows, numbers]``."""
    call, rows = record(estimator, problem, *batch), math.prod(batch)
    gradient = gradients(call.estimate, call.parameters)["logits"].reshape(rows, -1)
    first_codes = (codes.reshape(-1, rows, problem.latent.size)[0] for codes in call.codes)
    return torch.cat([gradient, *first_codes], 1)


def projected(numbers: Tensor) -> Tensor:
    """Standardised and projected onto fixed directions: ``[rows, PROJECTIONS]``; 0 for numbers that do not vary."""
    spread = numbers.std(0)
    constant = spread < ROUNDING * (1 + numbers.abs().amax(0))
    standard = torch.where(constant, 0, (numbers - numbers.mean(0)) / torch.where(constant, 1, spread))
    return standard @ fixed_normal(numbers.shape[1], PROJECTIONS, seed=64)


def correlation_in_the_batch(series: Tensor) -> Measured:
    """Largest correlation of ``series``, ``[rows]``, with itself shifted, and with itself mirrored, over all shifts."""
    rows = len(series)
    series = series - series.mean()
    if series.std() < ROUNDING:
        return Measured("no noise: correlation", 0.0, MANY)
    spectrum = torch.fft.rfft(series / series.std())
    lagged = torch.fft.irfft(spectrum.abs().square(), rows) / math.sqrt(rows)
    mirrored = torch.fft.irfft(spectrum.square(), rows) / math.sqrt(2 * rows)
    lagged[0] = 0
    lagged[rows // 2] /= math.sqrt(2)  # both examples of such a pair are counted
    lag = int(lagged.abs().argmax())
    if lagged.abs().max() >= mirrored.abs().max():
        return Measured("correlation of two examples, max |z|", lagged[lag].abs().item(), MANY, f"{lag} examples apart")
    return Measured("correlation of two examples, max |z|", mirrored.abs().max().item(), MANY, "mirrored in the batch")


@causes(
    "noise is shared, or mirrored, between the variables of a layer",
    "noise is drawn with too few dimensions and broadcast",
)
def independent_variables(subject: Subject) -> Measured:
    """The variables of a code are uncorrelated, wherever their probabilities are those of the layer."""
    if subject.latent.n == 1:
        raise Skip("one variable")
    problem = subject.problem()
    with seeded(3):
        call = record(subject.copy(training=True), problem, ROWS)
    mean = subject.fresh.objective_distribution(distribution(subject.latent, problem.parameters()["logits"])).mean
    tests = []
    for codes in call.codes:
        for sample in codes.reshape(-1, ROWS, subject.latent.size)[:8]:
            if not call.hard or has_mean(sample, mean.flatten()):
                tests += correlation_of_variables(sample, subject)
    if not tests:
        raise Skip("no codes of the layer's own distribution")
    return worst(tests)


def has_mean(sample: Tensor, mean: Tensor) -> bool:
    error = (mean * (1 - mean) / len(sample)).sqrt()
    return bool(((sample.mean(0) - mean).abs() <= SIGMA * error).all())


def correlation_of_variables(sample: Tensor, subject: Subject, what: str = "variables of a code") -> list[Measured]:
    """Largest correlation of two variables in ``sample``, ``[rows, size]``; empty where some numbers do not vary."""
    spread = sample.std(0)
    if (spread < ROUNDING).any():
        return []
    standard = (sample - sample.mean(0)) / spread
    variable = torch.arange(subject.latent.size) // (subject.latent.size // subject.latent.n)
    z = (standard.T @ standard).abs() / math.sqrt(len(sample)) * (variable[:, None] != variable)
    first, second = divmod(int(z.argmax()), len(z))
    details = f"variables {int(variable[first])} and {int(variable[second])}"
    return [Measured(f"correlation of two {what}, max |z|", z.max().item(), MANY, details)]


@causes(
    "noise other than that of the code, such as conditional noise, is shared between variables",
    "noise is drawn with too few dimensions and broadcast",
)
def independent_gradients(subject: Subject) -> Measured:
    """Where a biased estimator's gradient of a variable depends only on that variable's cost, as in straight-through
    estimators, the gradients of two variables are uncorrelated."""
    n = subject.latent.n
    if n == 1:
        raise Skip("one variable")
    if subject.fresh.unbiased:
        raise Skip("declared unbiased: variables may be coupled to lower the variance")
    whole = separable_gradients(subject, range(n))
    for variable in range(n):
        alone = separable_gradients(subject, [variable])
        if largest(alone[:, variable] - whole[:, variable]) > ROUNDING:
            raise Skip("the gradient of a variable depends on the cost of another")
    tests = correlation_of_variables(whole.flatten(1), subject, "gradients")
    if not tests:
        raise Skip("no noise")
    return worst(tests)


def separable_gradients(subject: Subject, variables: Iterable[int]) -> Tensor:
    """Gradients ``[ROWS, n(, k)]`` of a cost that is a sum over these variables, from the same noise at every call."""
    latent = subject.latent
    size = latent.size // latent.n
    weights = fixed_normal(latent.n, size, 2, seed=72)
    parameters = batched(subject.problem().parameters(), ROWS)

    def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
        columns = latent.flatten(z).unflatten(-1, (latent.n, size))
        return sum((torch.tanh(columns[..., i, :] @ weights[i]).sum(-1) for i in variables), z.new_zeros(()))

    with seeded(72):
        estimate = subject.trained(distribution(latent, parameters["logits"]), cost, constant_context(ROWS))
    return gradients(estimate, parameters)["logits"]


@causes(
    "the seed is set inside the estimator, or noise is drawn from a generator that is reset",
    "noise is kept and reused, or mirrored, in the next call",
)
def new_in_each_call(subject: Subject) -> Measured:
    """Two calls in succession draw independent noise."""
    tests = []
    for training in (True, False):
        estimator = subject.copy(training)
        with seeded(65):
            problem = subject.problem()
            first, second, third = (projected(random_numbers(estimator, problem, (ROWS,))) for _ in range(3))
        for one, other, calls in ((first, second, "next"), (first, third, "next but one")):
            if one.std() < ROUNDING or other.std() < ROUNDING:
                continue
            one, other = ((each - each.mean(0)) / each.std(0) for each in (one, other))
            z = (one * other).sum(0).abs().max().item() / math.sqrt(ROWS)
            tests.append(Measured("correlation of two calls, max |z|", z, MANY, f"with the {calls} call"))
    if not tests:
        raise Skip("no noise")
    return worst(tests)


@causes(
    "noise comes from the generator of NumPy or Python",
    "noise comes from the estimator's own torch.Generator",
)
def follows_the_seed(subject: Subject) -> Measured:
    """The same torch seed gives the same estimates, so that runs are reproducible."""
    change = 0.0
    for training in (True, False):
        found = []
        for _ in range(2):
            with seeded(66):
                found.append(random_numbers(subject.copy(training), subject.problem(), (64,)))
        change = max(change, largest(found[0] - found[1]))
    return Measured("largest change of an estimate", change, 0)
