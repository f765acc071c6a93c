"""A program that trains several cells as replicas. The cells may differ in their seeds and optimizers only.

Each cell keeps its own modules, optimizers, batches and journal; the step is shared, see :mod:`runners.replicas.step`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map_only

from runners.cells.cell import Cell
from runners.cells.divergence import Diverged
from runners.cells.interruption import undisturbed
from runners.cells.progress import logging_to, step_bar
from runners.replicas.step import Model, ReplicaStep
from runners.steps.graph import CudaGraph, Graph, RecordedStep
from runners.steps.seeds import stream_seed
from runners.steps.step import Step
from runners.steps.training import Training
from tasks.batches import Batch


class Replica(Training):
    """The training run of one of the cells."""

    def __init__(self, cell: Cell, batch_size: int, replicas: int = 1) -> None:
        super().__init__(cell, batch_size, replicas)
        self.cell = cell
        self.model = Model(self.task, self.learners)

    def restore(self) -> bool:
        with logging_to(self.cell.log):
            return super().restore()

    def evaluate(self, steps: int) -> dict[str, float]:
        with logging_to(self.cell.log):
            return super().evaluate(steps)

    def write_gallery(self) -> None:
        with logging_to(self.cell.log):
            super().write_gallery()

    def state(self) -> dict[str, Any]:
        # Without a copy, a row would be saved together with the whole tensor that it is part of.
        return tree_map_only(Tensor, torch.clone, super().state())


class Replicas:
    """Training runs at the same step, which :meth:`run` trains to the end together.

    All draw their noise from one generator: the stream of the first run's seed, or the state in its checkpoint.

    Args:
        runs: at the same step.
        cuda_graph: on a GPU, record a step of all runs once and then replay it.
    """

    def __init__(self, runs: Sequence[Replica], cuda_graph: bool = False) -> None:
        self.runs = list(runs)
        self.recorded = cuda_graph and runs[0].on_gpu
        self.advanced = False
        if runs[0].step == 0:
            torch.manual_seed(stream_seed(runs[0].seed, "estimator noise"))
        self._join()

    @property
    def step(self) -> int:
        return self.runs[0].step

    def run(self, steps: int, evaluate_every: int, checkpoint_every: int) -> Iterator[tuple[Replica, Diverged]]:
        """Trains up to step ``steps``; yields each run that diverges, which is then left out.

        Like :meth:`Training.run`, it can be interrupted anywhere.
        """
        with step_bar(steps, start=self.step) as bar:
            while True:
                save = any(replica.is_time_to_save for replica in self.runs)  # all at one step, or none
                for replica in list(self.runs):
                    try:
                        replica.keep_up(steps, evaluate_every, checkpoint_every, bar, save)
                    except Diverged as divergence:
                        self._leave_out(replica)
                        yield replica, divergence
                if not self.runs or self.step >= steps:
                    return
                with undisturbed():
                    self.advance()
                bar.update()

    def save(self) -> None:
        with undisturbed():
            for replica in self.runs:
                replica.save()

    def advance(self) -> None:
        """One update of every replica's parameters."""
        began = time.perf_counter()
        batch = _stacked([next(replica.batches) for replica in self.runs])
        self.update.set_count(self.step)
        values = self.make_step(batch)
        share = (time.perf_counter() - began) / len(self.runs)
        for replica, losses in zip(self.runs, values, strict=True):
            replica.add_step(losses, share)
        self.advanced = True

    def _join(self) -> None:
        self.update = ReplicaStep.joining([(replica.model, replica.update.descents) for replica in self.runs])
        self.make_step: Step | RecordedStep = self.update
        if self.recorded:
            self.record_steps(CudaGraph(self.runs[0].device))

    def record_steps(self, graph: Graph) -> None:
        """Uses a graph for the steps from now on, until a replica is left out."""
        self.make_step = RecordedStep(self.update, graph)

    def _leave_out(self, replica: Replica) -> None:
        self.runs.remove(replica)
        if self.runs:
            self._join()


def _stacked(batches: Sequence[Batch]) -> Batch:
    labels = [batch.y for batch in batches if batch.y is not None]
    return Batch(torch.stack([batch.x for batch in batches]), torch.stack(labels) if labels else None)
