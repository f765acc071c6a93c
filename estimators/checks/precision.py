"""Computations in float32 and in float64: types of results, noise included, and logits for which formulas overflow."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from estimators.checks.recorded import Results, record
from estimators.checks.result import Broken, causes
from estimators.checks.sampling import batched, constant_context, gradients, seeded
from estimators.checks.subject import Subject

ROWS = 16


@causes(
    "noise or constants are created without dtype=",
    "a .float(), or a NumPy array, in between",
)
def dtype(subject: Subject) -> str:
    """float32 in, float32 out; float64 in, float64 out."""
    for kind in (torch.float32, torch.float64):
        with seeded(6):
            call = record(subject.copy().to(kind), subject.problem(), 6, dtype=kind)
        found = {"surrogate": [call.estimate.surrogate], "value": [call.estimate.value], "a code": call.codes}
        wrong = {f"{name} is {each.dtype}" for name, tensors in found.items() for each in tensors if each.dtype != kind}
        if wrong:
            raise Broken(f"with logits of {kind}: {', '.join(sorted(wrong))}")
    return "float32 and float64"


@causes(
    "torch.rand(shape) without dtype=, which is float32, is converted afterwards",
    "a .float() in between",
)
def full_precision(subject: Subject) -> str:
    """With float64 logits, the noise and everything that is computed per variable is float64.

    Zeros and ones are ignored, because they are the same in every precision.
    """
    problem = subject.problem()
    lower: dict[str, None] = {}

    def note(function: Any, result: Any) -> None:
        if isinstance(result, Tensor) and result.is_floating_point() and result.dtype != torch.float64:
            numbers = result.detach()
            if numbers.numel() >= ROWS * subject.latent.n and not ((numbers == 0) | (numbers == 1)).all():
                lower[f"{getattr(function, '__name__', function)} returned {result.dtype}"] = None

    for training in (True, False):
        parameters = batched(problem.parameters(), ROWS)
        estimator = subject.copy(training)
        with seeded(71), Results(note):
            problem.estimate(estimator, parameters, constant_context(ROWS))
    if lower:
        raise Broken(f"with logits of torch.float64 {', '.join(lower)}")
    return "float64 throughout"


@causes(
    "exp, log or a quotient of probabilities outside of log-space",
    "0 times infinity in the backward pass of a torch.where",
)
def extreme_logits(subject: Subject) -> str:
    """In float32, values and gradients are finite for logits of +-100."""
    problem = subject.problem()
    with seeded(10):
        logits = 100.0 * torch.randint(-1, 2, (64, *subject.latent.shape)).float()
    for mode in (True, False):
        parameters = batched(problem.parameters(), 64, dtype=torch.float32)
        parameters["logits"] = logits.clone().requires_grad_()
        estimator = subject.copy(mode).float()
        with seeded(10):
            estimate = problem.estimate(estimator, parameters, constant_context(64, dtype=torch.float32))
        found = {"surrogate": estimate.surrogate, "value": estimate.value}
        found |= {f"the gradient of the {name}": part for name, part in gradients(estimate, parameters).items()}
        if estimate.auxiliary is not None and estimate.auxiliary.requires_grad:
            own = dict(estimator.named_parameters())
            reached = torch.autograd.grad(estimate.auxiliary, list(own.values()), allow_unused=True)
            pairs = zip(own, reached, strict=True)
            found |= {f"the auxiliary's gradient of {name}": part for name, part in pairs if part is not None}
        wrong = [name for name, part in found.items() if not part.isfinite().all()]
        if wrong:
            raise Broken(f"not finite in {'training' if mode else 'evaluation'} mode: {', '.join(wrong)}")
    return "logits of -100, 0 and 100 in float32"
