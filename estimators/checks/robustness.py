"""Saved and loaded state, and logits at which a naive formula overflows."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from estimators.checks.problems import OneLayer, distribution
from estimators.checks.result import Broken, Measured
from estimators.checks.sampling import batched, constant_context, gradients, seeded
from estimators.checks.subject import Subject
from estimators.estimator import Estimator


def state_dict(subject: Subject) -> Measured:
    """A new estimator that loads the ``state_dict`` of another goes on as that one does, on the same noise."""
    original = copy.deepcopy(subject.trained).train()
    original.set_step(12_345)
    restored = subject.build().train()
    restored.load_state_dict(original.state_dict())
    problem = subject.problem()
    pairs = zip(go_on(original, problem), go_on(restored, problem), strict=True)
    return Measured("largest difference after loading", max((a - b).abs().max().item() for a, b in pairs), 0)


def go_on(estimator: Estimator, problem: OneLayer) -> list[Tensor]:
    """Everything that two further training calls give; the second sees the state that the first left."""
    found: list[Tensor] = []
    with seeded(9):
        for _ in range(2):
            parameters = batched(problem.parameters(), 16)
            estimate = problem.estimate(estimator, parameters, constant_context(16))
            found += [*gradients(estimate, parameters).values(), estimate.value]
            if estimate.auxiliary is not None:
                found.append(estimate.auxiliary.detach())
    return found


def extreme_logits(subject: Subject) -> str:
    """Everything stays finite in float32 for logits of +-100."""
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
