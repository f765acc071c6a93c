"""Properties that the rest of the benchmark relies on: shapes, inputs, and the independence of examples."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.checks.problems import OneLayer, distribution
from estimators.checks.recorded import record
from estimators.checks.result import Broken, Measured, causes
from estimators.checks.sampling import batched, constant_context, gradients, largest, seeded
from estimators.checks.subject import Subject

DISTURBED = (0, 1)
OTHERS = [0, 2, 3, 4, 5]
"""Examples of a batch of 2 x 3."""


@causes(
    "an in-place operation, whose name ends with _, on a tensor that was passed in",
    "a view of such a tensor is written to",
)
def inputs_unchanged(subject: Subject) -> str:
    """The call does not change the logits, the context or the cost's parameters in place."""
    problem = subject.problem()
    for mode in (True, False):
        parameters = batched(problem.parameters(), 6)
        logits, context = parameters["logits"] * 1, constant_context(6).clone()
        q = distribution(subject.latent, logits)
        given = q.logits  # the distribution may hold another tensor than the one passed
        inputs = {"logits": logits, "q.logits": given, "context": context, "the cost's parameter": parameters["cost"]}
        before = {name: tensor.detach().clone() for name, tensor in inputs.items()}
        with seeded(6):
            subject.copy(mode)(q, problem.cost(parameters), context)
        changed = [name for name, tensor in inputs.items() if not torch.equal(tensor, before[name])]
        if q.logits is not given:
            changed.append("q.logits, by another tensor")
        if changed:
            raise Broken(f"changed in place: {', '.join(changed)}")
    return "logits, context and the cost's parameter"


@causes(
    "a dimension is indexed from the front",
    "the result is a mean or a sum over the batch",
)
def batch_shapes(subject: Subject) -> str:
    """Batches of shape (), (1,), (3,) and (2, 3) work, with a context and without."""
    problem = subject.problem()
    for context_size in (3, None):
        estimator = subject.build(context_size).train()
        for batch in ((), (1,), (3,), (2, 3)):
            with seeded(6):
                call = record(estimator, problem, *batch, context=context_size is not None)
            if not all(gradient.isfinite().all() for gradient in gradients(call.estimate, call.parameters).values()):
                raise Broken(f"batch {batch}, context_size={context_size}: the gradient is not finite")
    return "(), (1,), (3,) and (2, 3), with and without context"


@causes(
    "a mean, a variance or a baseline over the batch of the same call",
    "a reshape mixes examples and variables",
)
def independent_rows(subject: Subject) -> Measured:
    """An example's estimate depends neither on the logits nor on the cost of another example of its batch."""
    problem = subject.problem()
    influence = 0.0
    for mode in (True, False):
        ordinary, leaked = six_examples(subject, problem, mode, disturbance=0.0)
        disturbed, _ = six_examples(subject, problem, mode, disturbance=2.0)
        influence = max(influence, *(largest(part[OTHERS]) for part in (ordinary - disturbed, leaked)))
    return Measured("largest influence of another example of the batch", influence, 0)


def six_examples(subject: Subject, problem: OneLayer, mode: bool, disturbance: float) -> tuple[Tensor, Tensor]:
    """Gradients of 2 x 3 examples, the second of which has disturbed parameters, always from the same noise.

    Returns:
        The gradient of each example's own estimate and the gradient of the second one's surrogate, ``[6, numbers]``.
    """
    parameters = batched(problem.parameters(), 2, 3)
    with torch.no_grad():
        for tensor in parameters.values():
            tensor[DISTURBED] += disturbance
    with seeded(7):
        estimate = problem.estimate(subject.copy(mode), parameters, constant_context(2, 3))
    of_each = gradients(estimate, parameters).values()
    second = estimate.surrogate[DISTURBED]
    of_second = torch.autograd.grad(second, list(parameters.values()), materialize_grads=True)
    return tuple(torch.cat([part.reshape(6, -1) for part in parts], -1) for parts in (of_each, of_second))  # type: ignore[return-value]
