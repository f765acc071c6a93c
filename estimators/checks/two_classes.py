"""A Bernoulli variable with logit a is a categorical variable of two classes with logits (0, a)."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.checks.alike import same_distribution, same_mean
from estimators.checks.problems import OneLayer, distribution
from estimators.checks.result import Measured, Skip, causes
from estimators.checks.sampling import CHUNK, FEWEST, Sample, batched, constant_context, gradients, seeded
from estimators.checks.subject import Subject
from estimators.estimator import Cost, Deeper, Estimate, Estimator, NotApplicable
from estimators.latents import Latent


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
    problem = OneLayer(Latent("bernoulli", estimator.latent.n))
    draws = []
    with seeded(40 + estimator.latent.size):
        for _ in range(FEWEST // CHUNK):
            parameters = batched(problem.parameters(), CHUNK)
            cost = problem.cost(parameters)
            logits = parameters["logits"]
            if estimator.latent.family == "categorical":
                cost, logits = second_class(cost), torch.stack([torch.zeros_like(logits), logits], -1)
            estimate = estimator(distribution(estimator.latent, logits), cost, constant_context(CHUNK))
            draws.append(gradients(estimate, parameters)["logits"])
    return Sample.of(torch.cat(draws))


def second_class(cost: Cost) -> Cost:
    """The cost of bits as a cost of one-hot codes of two classes."""

    def of_one_hot(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
        return cost(z[..., 1], deeper)

    return of_one_hot
