"""The facts that a class declares about itself, compared with its behaviour."""

from __future__ import annotations

from typing import get_args

import torch
import yaml
from torch import Tensor

from estimators.catalogue import configurations
from estimators.checks.comparisons import same_distribution
from estimators.checks.factory import factory_of
from estimators.checks.problems import OneLayer, distribution
from estimators.checks.recorded import record
from estimators.checks.result import Broken, Measured, Skip, causes, worst
from estimators.checks.sampling import ROUNDING, SIGMA, batched, constant_context, gradients, largest, sample, seeded
from estimators.checks.subject import Subject
from estimators.estimator import ClassSum, CostKind, Deeper, Estimate, Objective
from estimators.latents import Family


@causes(
    "a fact is not declared in the class",
    "a fact is misspelt",
)
def class_facts(subject: Subject) -> str:
    """The facts that tables and other checks read are present and valid."""
    estimator = subject.fresh
    kinds = (None, *get_args(CostKind))
    facts = {
        "unbiased must be True or False": isinstance(getattr(estimator, "unbiased", None), bool),
        "citation must name the source": bool(getattr(estimator, "citation", "")),
        f"families must be among {get_args(Family)}": set(estimator.families) <= set(get_args(Family)),
        f"objective must be one of {get_args(Objective)}": estimator.objective in get_args(Objective),
        "hard_codes must be True or False": isinstance(estimator.hard_codes, bool),
        "inference_network must be True or False": isinstance(estimator.inference_network, bool),
        f"exact_for must be one of {kinds}": estimator.exact_for in kinds,
        f"noiseless_for must be one of {kinds}": estimator.noiseless_for in kinds,
        f"zero_class_sum must be one of {get_args(ClassSum)}": estimator.zero_class_sum in get_args(ClassSum),
        "zero_class_sum='none' contradicts unbiased=True, since the exact gradient's sums are zero": not (
            getattr(estimator, "unbiased", False) and estimator.zero_class_sum == "none"
        ),
        "cost_evaluations must be a positive integer": isinstance(estimator.cost_evaluations, int)
        and estimator.cost_evaluations > 0,
    }
    wrong = [text for text, holds in facts.items() if not holds]
    if wrong:
        raise Broken("; ".join(wrong))
    return f"unbiased={estimator.unbiased}, cost_evaluations={estimator.cost_evaluations}"


@causes(
    "value is the cost at a code that was not drawn, such as the mean",
    "value is not the mean over the samples, or not detached",
)
def value(subject: Subject) -> Measured:
    """``value`` is detached and its mean is the exact objective; for a relaxation it is a cost at relaxed codes."""
    value = subject.call.estimate.value
    if value.requires_grad:
        raise Broken("value carries a gradient: detach it")
    if subject.relaxes:
        costs = torch.cat([cost.reshape(-1, *value.shape) for cost in subject.call.values])
        return Measured("value outside the range of the costs it is a mean of, nats", outside(value, costs), 1e-9)
    problem = subject.problem()
    expected = problem.expected(problem.parameters()).detach()
    return Measured("mean value, |z|", subject.sample(problem)["value"].z_score(expected), SIGMA)


def outside(value: Tensor, costs: Tensor) -> float:
    """How far some ``value[b]`` lies outside the range of ``costs[:, b]``."""
    low, high = costs.min(0).values, costs.max(0).values
    return torch.maximum(low - value, value - high).max().item()


@causes(
    "the cost is evaluated once more in some mode, for some batch shape, or with a context",
    "the samples of one call, [samples, *batch, ...], are not counted individually",
)
def cost_evaluations(subject: Subject) -> Measured:
    """In training mode, the number of codes per example at which the cost is evaluated is ``cost_evaluations``: for
    every batch, with a context and without, before and after training."""
    problem = subject.problem()
    with seeded(3):
        calls = {
            "a batch of 64": subject.call,
            "one example": record(subject.build().train(), problem),
            "a batch of 2 x 3": record(subject.build().train(), problem, 2, 3),
            "no context": record(subject.build(None).train(), problem, 5, context=False),
            "after training": record(subject.copy(training=True), problem, 5),
        }
    counted = {where: sum(map(torch.numel, call.values)) / call.estimate.value.numel() for where, call in calls.items()}
    declared = subject.fresh.cost_evaluations
    where = max(counted, key=lambda where: abs(counted[where] - declared))
    details = f"declared {declared}, counted {counted[where]:g} with {where}"
    return Measured("difference from the declared number of codes", abs(counted[where] - declared), 0, details)


@causes(
    "the signal is divided by a statistic of the costs of the same call",
    "scale has the wrong sign, or is the inverse of the factor",
)
def scale(subject: Subject) -> Measured:
    """``scale`` is a constant between 0 and 1 for each example that does not depend on the noise of this call."""
    tests = []
    for training in (True, False):
        found = []
        for seed in (67, 68):
            with seeded(seed):
                found.append(record(subject.copy(training), subject.problem(), 16).estimate.scale)
        first, second = found
        if first is None and second is None:
            continue
        if first is None or second is None:
            raise Broken("scale is None for one draw of the noise and not for another")
        if first.requires_grad:
            raise Broken("scale carries a gradient: detach it")
        if first.shape not in ((), (16,)):
            raise Broken(f"scale has shape {tuple(first.shape)}: it must be one number, or one per example")
        if not ((first > 0) & (first <= 1 + ROUNDING)).all():
            raise Broken(f"scale is {first.flatten()[0]:.3g}: it is the factor that shrank the gradient, from 0 to 1")
        tests.append(Measured("largest change of scale with the noise", largest(first - second), ROUNDING))
    if not tests:
        raise Skip("no scale is reported")
    return worst(tests)


@causes(
    "a setting in which the two methods differ is ignored",
    "the identity holds for one family or one number of samples only",
)
def same_as(subject: Subject) -> Measured:
    """An estimator has the mean and the variance of the one that it names in ``same_as``."""
    name = subject.fresh.same_as
    if name is None:
        raise Skip("same_as names no other estimator")
    known = configurations()
    configured, *settings = name.split()
    if configured not in known:
        raise Broken(f"same_as={name!r}: choose one of {', '.join(known)}")
    changed = {key: yaml.safe_load(value) for key, _, value in (setting.partition("=") for setting in settings)}
    other = Subject(factory_of({**known[configured], **changed}), subject.latent)
    problem = subject.problem()
    own, others = (sample(each.build(), problem) for each in (subject, other))
    return worst(same_distribution(own[part], others[part], f"gradient of the {part} against {name}") for part in own)


@causes(
    "a relaxed code, or one with a path for the gradient, is evaluated without deeper=",
    "the surrogate differentiates the cost with respect to the code",
)
def hard_codes_where_claimed(subject: Subject) -> Measured:
    """With ``hard_codes``, nothing changes when the cost rounds its codes and cuts their gradient."""
    if not subject.fresh.hard_codes:
        raise Skip("hard_codes is False")
    problem = subject.problem()
    difference = 0.0
    for mode in (True, False):
        found = [gradients_given(rounded, subject, problem, mode) for rounded in (False, True)]
        difference = max(difference, *(largest(one - other) for one, other in zip(*found, strict=True)))
    return Measured("largest change of a gradient or a value", difference, 0)


def gradients_given(rounded: bool, subject: Subject, problem: OneLayer, mode: bool) -> list[Tensor]:
    """Gradients and values of six estimates, always from the same noise."""
    parameters = batched(problem.parameters(), 6)
    cost = problem.cost(parameters)
    q = distribution(subject.latent, parameters["logits"])

    # q.hard adds the logits to its argument and thresholds at 0, or takes the largest.
    def of_classes(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
        return cost(q.hard(z.detach() - 0.5 - q.logits.detach()) if rounded and deeper == "sample" else z, deeper)

    with seeded(8):
        estimate = subject.copy(mode)(q, of_classes, constant_context(6))
    return [*gradients(estimate, parameters).values(), estimate.value]
