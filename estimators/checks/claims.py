"""The facts that a class states about itself, each against what it does."""

from __future__ import annotations

import copy
from typing import get_args

import torch
import yaml
from torch import Tensor

from estimators.catalogue import configurations
from estimators.checks.alike import same_distribution
from estimators.checks.factory import factory_of
from estimators.checks.problems import OneLayer, distribution
from estimators.checks.recorded import record
from estimators.checks.result import Broken, Measured, Skip, causes, worst
from estimators.checks.sampling import ROUNDING, SIGMA, batched, constant_context, gradients, sample, seeded
from estimators.checks.subject import Subject
from estimators.estimator import ClassSum, CostKind, Deeper, Estimate, Objective
from estimators.latents import Family


@causes(
    "a fact is not declared in the class",
    "a fact is misspelt",
)
def class_facts(subject: Subject) -> str:
    """The facts that tables and other checks read are there and are of the right kind."""
    estimator = subject.fresh
    kinds = (None, *get_args(CostKind))
    facts = {
        "unbiased must be True or False": isinstance(getattr(estimator, "unbiased", None), bool),
        "citation must name the source": bool(getattr(estimator, "citation", "")),
        f"families must be among {get_args(Family)}": set(estimator.families) <= set(get_args(Family)),
        f"objective must be one of {get_args(Objective)}": estimator.objective in get_args(Objective),
        "hard_codes must be True or False": isinstance(estimator.hard_codes, bool),
        f"exact_for must be one of {kinds}": estimator.exact_for in kinds,
        f"noiseless_for must be one of {kinds}": estimator.noiseless_for in kinds,
        f"zero_class_sum must be one of {get_args(ClassSum)}": estimator.zero_class_sum in get_args(ClassSum),
        "zero_class_sum='none' cannot be, since the exact gradient's sums are zero and unbiased is True": not (
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
    "value is the cost at another code than those that were drawn, such as the mean",
    "value is not the mean over the samples, or not detached",
)
def value(subject: Subject) -> Measured:
    """``value`` is constant and has the exact objective as its mean; of a relaxation it is a cost at relaxed codes."""
    calls = subject.calls
    estimate = calls.estimate
    assert estimate is not None
    if estimate.value.requires_grad:
        raise Broken("value carries a gradient: detach it")
    if subject.relaxes:
        costs = torch.cat([cost.reshape(-1, *calls.batch) for cost in calls.values])
        return Measured(
            "value outside the range of the costs it is a mean of, nats", outside(estimate.value, costs), 1e-9
        )
    problem = subject.problem()
    expected = problem.expected(problem.parameters()).detach()
    return Measured("mean value, |z|", subject.sample(problem)["value"].z_score(expected), SIGMA)


def outside(value: Tensor, costs: Tensor) -> float:
    """How far some ``value[b]`` lies outside the range of ``costs[:, b]``."""
    low, high = costs.min(0).values, costs.max(0).values
    return torch.maximum(low - value, value - high).max().item()


@causes(
    "the cost is evaluated once more in some mode, for some batch, or where there is a context",
    "samples of one call, [samples, *batch, ...], are not counted one by one",
)
def cost_evaluations(subject: Subject) -> Measured:
    """For every batch, with a context and without, untrained and trained, the cost is evaluated at as many codes per
    example as ``cost_evaluations`` says, in training mode."""
    problem = subject.problem()
    situations = {
        "a batch of 64": subject.calls,
        "one example": record(subject.build().train(), problem),
        "a batch of 2 x 3": record(subject.build().train(), problem, 2, 3),
        "no context": record(subject.build(None).train(), problem, 5, context=False),
        "after training": record(subject.copy(training=True), problem, 5),
    }
    counted = {where: calls.evaluations(subject.latent) for where, calls in situations.items()}
    declared = subject.fresh.cost_evaluations
    where = max(counted, key=lambda where: abs(counted[where] - declared))
    details = f"declared {declared}, counted {counted[where]:g} with {where}"
    return Measured("codes too many or too few", abs(counted[where] - declared), 0, details)


@causes(
    "the signal is divided by a statistic of the same call's costs",
    "scale has the wrong sign, or is the factor's inverse",
)
def scale(subject: Subject) -> Measured:
    """``scale`` is a constant between 0 and 1 for each example, whatever noise this call draws; it cannot make up for a
    factor that depends on the noise."""
    tests = []
    for training in (True, False):
        found = []
        for seed in (67, 68):
            problem = subject.problem()
            parameters = batched(problem.parameters(), 16)
            with seeded(seed):
                estimate = problem.estimate(subject.copy(training), parameters, constant_context(16))
            found.append(estimate.scale)
        first, second = found
        if first is None and second is None:
            continue
        if first is None or second is None:
            raise Broken("scale is there for one noise and not for another")
        if first.requires_grad:
            raise Broken("scale carries a gradient: detach it")
        if first.shape not in ((), (16,)):
            raise Broken(f"scale has the shape {tuple(first.shape)}: one number, or one per example, is needed")
        if not ((first > 0) & (first <= 1 + ROUNDING)).all():
            raise Broken(f"scale is {first.flatten()[0]:.3g}: it says how much the gradient was shrunk, from 0 to 1")
        tests.append(Measured("largest change of scale with the noise", (first - second).abs().max().item(), ROUNDING))
    if not tests:
        raise Skip("no scale is reported")
    return worst(tests)


@causes(
    "a setting on which the two methods differ is ignored",
    "the identity holds for one family or one number of samples only",
)
def same_as(subject: Subject) -> Measured:
    """An estimator that names another one in ``same_as`` has its mean and its variance."""
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
    "the surrogate differentiates the cost in the code",
)
def hard_codes_where_claimed(subject: Subject) -> Measured:
    """With ``hard_codes`` nothing changes when the cost takes the class of each code, rounded and without gradient."""
    if not subject.fresh.hard_codes:
        raise Skip("hard_codes is False")
    problem = subject.problem()
    difference = 0.0
    for mode in (True, False):
        found = [gradients_given(rounded, subject, problem, mode) for rounded in (False, True)]
        difference = max(difference, *((one - other).abs().max().item() for one, other in zip(*found, strict=True)))
    return Measured("largest change of a gradient or a value", difference, 0)


def gradients_given(rounded: bool, subject: Subject, problem: OneLayer, mode: bool) -> list[Tensor]:
    """Gradients and value of six estimates, always from the same noise."""
    parameters = batched(problem.parameters(), 6)
    cost = problem.cost(parameters)
    q = distribution(subject.latent, parameters["logits"])

    # q.hard adds the logits to its argument and cuts at 0, or takes the largest.
    def of_classes(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
        return cost(q.hard(z.detach() - 0.5 - q.logits.detach()) if rounded and deeper == "sample" else z, deeper)

    with seeded(8):
        estimate = copy.deepcopy(subject.trained).train(mode)(q, of_classes, constant_context(6))
    return [*gradients(estimate, parameters).values(), estimate.value]
