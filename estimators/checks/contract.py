"""What the rest of the benchmark relies on: shapes, types, state, and what may depend on what."""

from __future__ import annotations

import copy
from typing import get_args

import torch
from torch import Tensor

from estimators.checks.problems import OneLayer, distribution
from estimators.checks.result import Broken, Measured, Skip
from estimators.checks.sampling import (
    SIGMA,
    batched,
    constant_context,
    gradients,
    seeded,
)
from estimators.checks.subject import Subject
from estimators.estimator import ClassSum, CostKind, Deeper, Estimate, Objective
from estimators.latents import Family


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
            "value outside the range of the costs it stands for, nats", outside(estimate.value, costs), 1e-9
        )
    problem = subject.problem()
    expected = problem.expected(problem.parameters()).detach()
    return Measured("mean value, |z|", subject.sample(problem)["value"].z_score(expected), SIGMA)


def outside(value: Tensor, costs: Tensor) -> float:
    """How far some ``value[b]`` lies outside the range of ``costs[:, b]``."""
    low, high = costs.min(0).values, costs.max(0).values
    return torch.maximum(low - value, value - high).max().item()


def cost_evaluations(subject: Subject) -> Measured:
    """The cost is evaluated at as many codes per example as ``cost_evaluations`` says."""
    counted = subject.calls.evaluations(subject.latent)
    details = f"counted {counted:g}, declared {subject.fresh.cost_evaluations}"
    return Measured("codes too many or too few", abs(counted - subject.fresh.cost_evaluations), 0, details)


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


def inputs_unchanged(subject: Subject) -> str:
    """Logits, context and the cost's parameters are the same after the call as before."""
    problem = subject.problem()
    for mode in (True, False):
        parameters = batched(problem.parameters(), 6)
        logits, context = parameters["logits"] * 1, constant_context(6).clone()
        inputs = {"logits": logits, "context": context, "the cost's parameter": parameters["cost"]}
        before = {name: tensor.detach().clone() for name, tensor in inputs.items()}
        q = distribution(subject.latent, logits)
        with seeded(6):
            copy.deepcopy(subject.trained).train(mode)(q, problem.cost(parameters), context)
        changed = [name for name, tensor in inputs.items() if not torch.equal(tensor, before[name])]
        if q.logits is not logits:
            changed.append("q.logits")
        if changed:
            raise Broken(f"changed in place: {', '.join(changed)}")
    return "logits, context and the cost's parameter"


def dtype(subject: Subject) -> str:
    """float32 in, float32 out; float64 in, float64 out."""
    problem = subject.problem()
    for kind in (torch.float32, torch.float64):
        parameters = batched(problem.parameters(), 6, dtype=kind)
        estimator = copy.deepcopy(subject.trained).to(kind)
        codes: set[torch.dtype] = set()
        cost = problem.cost(parameters)

        def watched(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
            codes.add(z.dtype)  # noqa: B023 - called in this turn of the loop only
            return cost(z, deeper)  # noqa: B023

        with seeded(6):
            q = distribution(subject.latent, parameters["logits"])
            estimate = estimator(q, watched, constant_context(6, dtype=kind))
        found = {"surrogate": {estimate.surrogate.dtype}, "value": {estimate.value.dtype}, "a code": codes}
        wrong = [f"{name} is {other}" for name, others in found.items() for other in others - {kind}]
        if wrong:
            raise Broken(f"with logits of {kind}: {', '.join(wrong)}")
    return "float32 and float64"


def batch_shapes(subject: Subject) -> str:
    """Batches (), (3,) and (2, 3) work, with a context and without."""
    problem = subject.problem()
    for context_size in (3, None):
        estimator = subject.build(context_size).train()
        for batch in ((), (3,), (2, 3)):
            parameters = batched(problem.parameters(), *batch)
            with seeded(6):
                context = constant_context(*batch) if context_size else None
                estimate = problem.estimate(estimator, parameters, context)
            if not all(gradient.isfinite().all() for gradient in gradients(estimate, parameters).values()):
                raise Broken(f"batch {batch}, context_size={context_size}: the gradient is not finite")
    return "(), (3,) and (2, 3), with and without context"


def independent_rows(subject: Subject) -> Measured:
    """An example's estimate depends neither on the logits nor on the cost of another example of its batch."""
    problem = subject.problem()
    influence = 0.0
    for mode in (True, False):
        ordinary, leaked = six_examples(subject, problem, mode, disturbance=0.0)
        disturbed, _ = six_examples(subject, problem, mode, disturbance=2.0)
        influence = max(influence, (ordinary - disturbed)[1:].abs().max().item(), leaked[1:].abs().max().item())
    return Measured("largest influence of another example of the batch", influence, 0)


def six_examples(subject: Subject, problem: OneLayer, mode: bool, disturbance: float) -> tuple[Tensor, Tensor]:
    """Gradients of six examples, of which the first has disturbed parameters, always from the same noise.

    Returns:
        the gradient of each example's own estimate and the gradient of the first one's surrogate, ``[6, numbers]``.
    """
    parameters = batched(problem.parameters(), 2, 3)
    with torch.no_grad():
        for tensor in parameters.values():
            tensor[0, 0] += disturbance
    with seeded(7):
        estimator = copy.deepcopy(subject.trained).train(mode)
        estimate = problem.estimate(estimator, parameters, constant_context(2, 3))
    of_each = gradients(estimate, parameters).values()
    first = estimate.surrogate[0, 0]
    of_first = torch.autograd.grad(first, list(parameters.values()), materialize_grads=True)
    return tuple(torch.cat([part.reshape(6, -1) for part in parts], -1) for parts in (of_each, of_first))  # type: ignore[return-value]
