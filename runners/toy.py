"""The toy problem's figure: exact loss and log-variance of the gradient, step by step."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import nn

from estimators import Estimator, NotApplicable, build
from runners.assemble import assemble
from runners.cell import Cell
from runners.journal import Journal
from runners.seeds import drawing_from, stream_seed
from tasks.batches import Batch
from tasks.toy import Toy


def toy(cell: Cell, *, steps: int, evaluate_every: int, variance_draws: int) -> dict[str, Any]:
    """Follows single-sample gradients of the toy problem; writes ``loss`` and ``log_variance`` to the journal.

    Args:
        steps: updates, each from one estimate.
        evaluate_every: steps between entries.
        variance_draws: estimates from which the variance of the gradient in the logit is computed.
    """
    config = cell.config
    parts = assemble(config)
    if not isinstance(parts.task, Toy):
        raise NotApplicable("runner=toy goes with task=toy")
    task, (estimator,) = parts.task, parts.estimators
    if estimator.objective != "expected_cost":
        raise NotApplicable(f"{type(estimator).__name__} minimises another objective, the m-sample bound")
    optimizers = [build(config.optimizer, params=task.parameters())]
    if own := list(estimator.parameters()):
        optimizers.append(build(config.auxiliary_optimizer, params=own))
    journal = Journal(cell.folder)
    journal.cut({})
    one = Batch(torch.zeros(1, 1), None)
    seconds = 0.0
    torch.manual_seed(stream_seed(config.seed, "estimator noise"))
    for step in range(steps + 1):
        if step % evaluate_every == 0:
            with drawing_from(config.seed, "evaluation"):
                variance = gradient_variance(task, estimator, variance_draws)
            scores = {"loss": task.expected_cost().item(), "log_variance": variance.log().item()}
            journal.write(step, scores, seconds)
        began = time.perf_counter()
        estimator.set_step(step)
        estimate = task.loss(one, [estimator])
        objective = estimate.surrogate.mean()
        if estimate.auxiliary is not None:
            objective = objective + estimate.auxiliary
        objective.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        seconds += time.perf_counter() - began
    return {"step": steps, "steps_per_second": steps / seconds, "scores": {"loss": task.expected_cost().item()}}


def gradient_variance(task: nn.Module, estimator: Estimator, draws: int) -> torch.Tensor:
    """Variance of the estimate in the logit over independent draws, with the estimator's state left as it is."""
    assert isinstance(task, Toy)
    q = task.posterior(Batch(torch.zeros(draws, 1), None))
    leaves = q.logits.detach().requires_grad_()
    estimator.eval()
    estimate = estimator(type(q)(leaves), task.cost)
    estimator.train()
    (gradients,) = torch.autograd.grad(estimate.surrogate.sum(), leaves)
    if estimate.scale is not None:
        gradients = gradients / estimate.scale
    return gradients.var().clamp(min=torch.finfo(gradients.dtype).tiny)
