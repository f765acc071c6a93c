"""The runner of the toy problem: exact loss and log-variance of the gradient during training."""

from __future__ import annotations

import time
from typing import Any

import torch

from estimators import Estimator, NotApplicable
from runners.cells.cell import Cell
from runners.cells.divergence import require_finite
from runners.cells.interruption import undisturbed
from runners.cells.journal import Journal
from runners.config.kinds import Count
from runners.measuring.recorder import Recorder
from runners.steps.assemble import assemble
from runners.steps.seeds import drawing_from, stream_seed
from runners.steps.step import Step
from tasks.batches import Batch
from tasks.evaluation import evaluation_mode
from tasks.toy import Toy


def toy(cell: Cell, *, steps: Count, evaluate_every: Count, variance_draws: Count) -> dict[str, Any]:
    """Trains the toy problem with single-sample gradients; writes ``loss`` and ``log_variance`` to the journal.

    Args:
        steps: updates, each from one estimate.
        evaluate_every: steps between entries.
        variance_draws: number of estimates for the variance of the logits' gradient.

    Raises:
        Diverged: the loss or the variance was not finite.
    """
    config = cell.config
    parts = assemble(config)
    if not isinstance(parts.task, Toy):
        raise NotApplicable("runner=toy needs task=toy")
    task, (estimator,) = parts.task, parts.estimators
    if estimator.objective != "expected_cost":
        raise NotApplicable(f"{type(estimator).__name__} minimises another objective, the m-sample bound")
    with undisturbed():
        update = Step.of(config, task, [estimator])
    journal = Journal(cell.folder)
    journal.restore({})
    one = Batch(torch.zeros(1, 1), None)
    seconds = 0.0
    torch.manual_seed(stream_seed(config.seed, "estimator noise"))
    for step in range(steps + 1):
        if step % evaluate_every == 0:
            with drawing_from(config.seed, "evaluation", config.device):
                variance = gradient_variance(task, estimator, variance_draws)
            scores = {"loss": task.expected_cost().item(), "log_variance": variance.log().item()}
            require_finite(scores, step)
            journal.write(step, scores, seconds)
        began = time.perf_counter()
        update.set_count(step)
        update(one)
        seconds += time.perf_counter() - began
    return {"step": steps, "steps_per_second": steps / seconds, "scores": {"loss": task.expected_cost().item()}}


def gradient_variance(task: Toy, estimator: Estimator, draws: int) -> torch.Tensor:
    """Variance of the estimate over independent draws, summed over the logits. The estimator's state is not changed."""
    recorder = Recorder(estimator)
    with evaluation_mode(task, recorder):
        task.loss(Batch(torch.zeros(draws, 1), None), [recorder])
    gradients = recorder.gradient()
    return gradients.var(0).sum().clamp(min=torch.finfo(gradients.dtype).tiny)
