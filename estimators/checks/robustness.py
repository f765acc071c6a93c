"""Logits for which a naive formula overflows."""

from __future__ import annotations

import copy

import torch

from estimators.checks.problems import distribution
from estimators.checks.result import Broken, causes
from estimators.checks.sampling import batched, constant_context, gradients, seeded
from estimators.checks.subject import Subject


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
        estimator = copy.deepcopy(subject.trained).float().train(mode)
        with seeded(10):
            q = distribution(subject.latent, parameters["logits"])
            estimate = estimator(q, problem.cost(parameters), constant_context(64, dtype=torch.float32))
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
