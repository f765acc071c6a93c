"""The gradient probe: bias, variance and cost of an estimator at fixed parameters of a model that can be enumerated."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from estimators import Estimator, NotApplicable, build
from estimators.exact import Enumeration
from runners.cells.cell import Cell
from runners.cells.divergence import require_finite
from runners.cells.files import write_atomically
from runners.cells.progress import log
from runners.cells.record import ProbeLine
from runners.config.as_given import path_as_given
from runners.config.kinds import Count, Positive, Steps
from runners.measuring.moments import ErrorMoments
from runners.measuring.recorder import Recorder
from runners.measuring.trajectory import State, load_state, stages_of_training, state_of_cell
from runners.steps.assemble import Assembly, assemble
from runners.steps.descent import descent_on
from runners.steps.seeds import drawing_from, stream_seed
from runners.steps.step import Step
from tasks.batches import Batch, TrainingBatches, evaluation_set
from tasks.task import Task

ROWS_AT_ONCE = 20_000
"""Limit on the codes per call at which the cost is evaluated, over draws, images and evaluations."""

PULLED_BACK_AT_ONCE = 200
"""Gradients of the logits per call that are propagated to the encoder."""


def probe(
    cell: Cell,
    *,
    draws: Count,
    images: Count,
    stages: Sequence[int],
    stage_batch_size: Count,
    checkpoint: str | None,
    temperatures: Sequence[Positive],
    adaptation_steps: Steps,
) -> dict[str, Any]:
    """Measures the cell's estimator against the exact gradient; one line of ``probe.jsonl`` per stage, temperature and
    target.

    The targets are the gradients of the logits and of the encoder's parameters, for the part of the loss that the
    estimator is responsible for. Learned parts of the estimator are first adapted to the fixed model, and then frozen.
    All computations are in float64.

    Args:
        draws: independent estimates for every image.
        images: number of training images in the loss.
        stages: numbers of steps for which the model was trained, see :mod:`runners.measuring.trajectory`; 0 is the
            untrained model.
        stage_batch_size: examples per step of that training.
        checkpoint: folder of a cell whose model is used instead.
        temperatures: temperatures at which to measure an estimator with a temperature schedule; if empty, the initial
            one of the schedule.
        adaptation_steps: updates of what the estimator learns before each measurement.

    Returns:
        Entries of the cell's record.

    Raises:
        ValueError: there is no stage, or one before the first step.
        Diverged: a measurement is not finite, with the stage as its step.
    """
    if not stages or min(stages) < 0:
        raise ValueError(f"runner.stages={list(stages)}: at least one number of steps, from 0 on, is needed")
    parts = assemble(cell.config)
    if len(parts.estimators) != 1:
        raise NotApplicable("the gradient probe measures tasks with one stochastic layer")
    (estimator,) = parts.estimators
    if estimator.objective != "expected_cost":
        raise NotApplicable(
            f"{type(estimator).__name__} estimates the gradient of another objective, the m-sample bound"
        )
    Enumeration(parts.task.latents[0])  # raises before any training if the exact gradient cannot be computed
    if checkpoint is None:
        models = stages_of_training(cell.config, parts.dataset, stages, stage_batch_size)
    else:
        models = iter([state_of_cell(path_as_given(checkpoint), cell.config.device)])
    data = evaluation_set(parts.dataset.train, parts.dataset.binarisation, dtype=torch.float64)
    batch = Batch(data.x[:images], None)
    lines: list[ProbeLine] = []
    for stage, state in models:
        measurement = Measurement(parts, stage, state, batch, source=checkpoint or f"stage {stage}")
        swept = list(temperatures) if "temperature" in estimator.schedules else []
        for temperature in swept or [None]:
            for line in measurement.of(cell, temperature, draws, adaptation_steps):
                require_finite(line, step=stage)
                lines.append(line)
            log.info("stage %d  temperature %s  bias %.4f  variance %.4g", stage, temperature, *_summary(lines))
    write_atomically(cell.folder / "probe.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    return {"step": lines[-1]["stage"]}


def _summary(lines: list[ProbeLine]) -> tuple[float, float]:
    of_logits = [line for line in lines if line["target"] == "logits"][-1]
    return of_logits["bias"], of_logits["variance"]


class Adaptation(Step):
    """An update of what the estimator learns: of its own parameters by their objective alone, and of its averages."""

    def __call__(self, batch: Batch) -> Tensor:
        estimate = self.task.loss(batch, self.estimators)
        if estimate.auxiliary is not None:
            self.backward(estimate.auxiliary)
            self.follow()
        return estimate.value


class Measurement:
    """The exact gradient of one model on one batch, and the accuracy of estimators compared with it."""

    def __init__(self, parts: Assembly, stage: int, state: State, batch: Batch, source: str) -> None:
        self.parts, self.stage, self.batch = parts, stage, batch
        self.task: Task = parts.task.double().eval()  # one model for every draw: no dropout, fixed statistics
        load_state(self.task, state, source)
        recorder = Recorder(Enumeration(self.task.latents[0]))
        self.task.loss(batch, [recorder])
        self.logits = recorder.attached
        self.exact = recorder.gradient()
        self.encoder = [p for p in self.task.parameters() if p.requires_grad and self._reaches(p)]

    def of(self, cell: Cell, temperature: float | None, draws: int, adaptation_steps: int) -> Iterator[ProbeLine]:
        """One line per target for the cell's estimator, at the given temperature if any."""
        setting = {} if temperature is None else {"temperature": temperature}
        estimator = self._adapted(cell, setting, adaptation_steps)
        images = len(self.batch.x)
        targets = {
            "logits": ErrorMoments(self.exact.flatten()),
            "encoder": ErrorMoments(self._pull_back(self.exact[None])[0]),
        }
        at_once = max(1, ROWS_AT_ONCE // (images * estimator.cost_evaluations))
        seconds = 0.0
        with drawing_from(cell.config.seed, "evaluation", cell.config.device):
            for start in range(0, draws, at_once):
                began = time.perf_counter()
                gradients = self._draw(estimator, min(at_once, draws - start))
                seconds += time.perf_counter() - began
                targets["logits"].add(gradients.flatten(1))
                for part in gradients.split(PULLED_BACK_AT_ONCE):
                    targets["encoder"].add(self._pull_back(part))
        for target, moments in targets.items():
            yield {
                "stage": self.stage,
                "temperature": temperature,
                "target": target,
                **moments.accuracy(),
                "draws": draws,
                "cost_evaluations": estimator.cost_evaluations,
                "same_as": estimator.same_as,
                "microseconds": 1e6 * seconds / (draws * images),
            }

    def _draw(self, estimator: Estimator, draws: int) -> Tensor:
        """Independent estimates of the logits' gradient, ``[draws, images, n(, k)]``."""
        recorder = Recorder(estimator)
        self.task.loss(Batch(self.batch.x.repeat(draws, 1), None), [recorder])
        return recorder.gradient().unflatten(0, (draws, len(self.batch.x)))

    def _adapted(self, cell: Cell, setting: dict[str, Any], steps: int) -> Estimator:
        """The cell's estimator, with its own parameters and averages adapted to this model and then frozen."""
        config, dataset = cell.config, self.parts.dataset
        layer = {"latent": self.task.latents[0], "context_size": self.task.context_sizes[0]}
        with drawing_from(config.seed, "estimator weights", config.device):
            estimator: Estimator = build(config.estimator, **layer, **setting).to(config.device).double()
        if estimator.state_dict().keys() - estimator.schedules.keys():
            own = list(estimator.parameters())
            descents = [descent_on(own, config, "auxiliary_optimizer")] if own else []
            update = Adaptation(self.task, [estimator], descents)
            seed = stream_seed(config.seed, "data order")
            batches = TrainingBatches(dataset, 100, seed, dtype=torch.float64)
            with drawing_from(config.seed, "estimator noise", config.device):
                for _ in range(steps):
                    update(next(batches))
        return estimator.eval()

    def _reaches(self, parameter: Tensor) -> bool:
        (gradient,) = torch.autograd.grad(self.logits.sum(), parameter, retain_graph=True, allow_unused=True)
        return gradient is not None

    def _pull_back(self, gradients: Tensor) -> Tensor:
        """Propagates gradients of the logits ``[M, images, n(, k)]`` to the encoder, ``[M, parameters]``."""
        pulled = torch.autograd.grad(
            self.logits, self.encoder, gradients / len(self.batch.x), retain_graph=True, is_grads_batched=True
        )
        return torch.cat([gradient.flatten(1) for gradient in pulled], dim=1)
