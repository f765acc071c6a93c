"""The training loop, the same for every estimator and every task, and its state."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Self

import torch
from omegaconf import DictConfig
from torch import Tensor, nn
from tqdm import tqdm

from estimators.left_out import batches_left_out
from runners.cells import checkpoint
from runners.cells.cell import Cell
from runners.cells.containment import describe
from runners.cells.divergence import require_finite
from runners.cells.identity import draws_with
from runners.cells.interruption import undisturbed
from runners.cells.journal import Journal
from runners.cells.progress import log, scores_line, step_bar
from runners.steps.assemble import assemble
from runners.steps.compiled import CompiledStep
from runners.steps.gallery import write_gallery
from runners.steps.graph import Graph, RecordedStep
from runners.steps.kept import FILE, Kept
from runners.steps.losses import RecentLosses
from runners.steps.scoring import Scorer
from runners.steps.seeds import generator_states, set_generator_states, stream_seed
from runners.steps.step import Step
from tasks.batches import Batch, TrainingBatches

FIRST_SAVE, SAVE_EVERY = 5.0, 60.0
"""Seconds to the first checkpoint, and between further ones, however slow the steps are."""


class Training:
    """A cell's training run, one of ``replicas`` in its program: :meth:`run` trains, :meth:`save` stores the state."""

    def __init__(self, cell: Cell, batch_size: int, replicas: int = 1) -> None:
        config: DictConfig = cell.config
        self.lineage = cell.lineage
        self.draws = [draws_with(config, replicas)]
        self.extended_from: dict[str, Any] | None = None
        self.seed: int = config.seed
        self.steps: int | None = config.runner.get("steps")
        self.device: str = config.device
        parts = assemble(config)
        self.dataset, self.task, self.estimators = parts.dataset, parts.task, parts.estimators
        self.scorer = Scorer(self.task, self.dataset, self.seed, self.device)
        self.learners = nn.ModuleList(self.estimators)
        self.update = Step.of(config, self.task, self.estimators)
        self.batches = TrainingBatches(self.dataset, batch_size, stream_seed(self.seed, "data order"))
        self.journal = Journal(cell.folder)
        self.path: Path = cell.folder / "checkpoint.pt"
        self.step = 0
        self.evaluated = 0
        self.saved = 0
        self.next_save = time.monotonic() + FIRST_SAVE
        self.seconds = 0.0
        self.losses = RecentLosses(self.device)
        self.make_step: Step | RecordedStep | CompiledStep = self.update
        self.compile_seconds: float | None = None
        torch.manual_seed(stream_seed(self.seed, "estimator noise"))

    @classmethod
    def begin(cls, cell: Cell, batch_size: int, tensorboard: bool, replicas: int = 1) -> Self:
        """A run that resumes from the cell's checkpoint, if there is one."""
        with undisturbed():
            training = cls(cell, batch_size, replicas)
            while not training.restore():  # an object with half of a state is useless
                training = cls(cell, batch_size, replicas)
            cell.record(lineage=training.lineage, draws=training.draws, extended_from=training.extended_from)
            if tensorboard:
                training.journal.also_for_tensorboard(training.step)
        return training

    def run(self, steps: int, evaluate_every: int, checkpoint_every: int) -> None:
        """Trains up to step ``steps``. Can be interrupted anywhere, since a resumed run first does what is due."""
        with step_bar(steps, start=self.step) as bar:
            while True:
                self.keep_up(steps, evaluate_every, checkpoint_every, bar, self.is_time_to_save)
                if self.step >= steps:
                    return
                with undisturbed():
                    self.advance()
                bar.update()

    @property
    def is_time_to_save(self) -> bool:
        """Whether a checkpoint is due by time, whatever the number of steps."""
        return time.monotonic() > self.next_save

    def keep_up(self, steps: int, evaluate_every: int, checkpoint_every: int, bar: tqdm[Any], save: bool) -> None:
        """Validates and saves if that is due at this step; saves in any case if ``save``."""
        if self.step % evaluate_every:
            # A longer run has no scores at this step, so it must resume from the state before them.
            self._save_if_due(checkpoint_every, steps)
        if self._due(evaluate_every, steps, last=self.evaluated):
            bar.set_postfix(self.evaluate(steps))
        self._save_if_due(checkpoint_every, steps)
        if save and self.step:
            self.save()

    def _save_if_due(self, every: int, steps: int) -> None:
        if self._due(every, steps, last=self.saved):
            self.save()

    def _due(self, every: int, steps: int, last: int) -> bool:
        return self.step > last and (self.step % every == 0 or self.step == steps)

    @property
    def on_gpu(self) -> bool:
        return self.device.startswith("cuda")

    def record_steps(self, graph: Graph) -> None:
        """Uses a graph for the steps from now on.

        Raises:
            ValueError: a learning rate has a schedule, which a recorded step would not follow.
        """
        if any(descent.schedule is not None for descent in self.update.descents):
            raise ValueError(
                "runner.cuda_graph=true: a recorded step keeps its learning rate; set optimizer.schedule=null"
            )
        self.make_step = RecordedStep(self.update, graph)

    def compile_steps(self) -> None:
        """Uses a compiled function for the steps from now on.

        Raises:
            ValueError: a part of the step cannot be compiled; the message names it.
        """
        example = next(TrainingBatches(self.dataset, self.batches.batch_size, seed=0))
        self.make_step = compiled = CompiledStep(self.update, example)
        self.compile_seconds = compiled.seconds + (self.compile_seconds or 0)
        log.info("the step was compiled in %.0f seconds", compiled.seconds)

    def advance(self) -> None:
        """Makes one update of the parameters of the task and the estimators."""
        began = time.perf_counter()
        losses = self.learn_from(next(self.batches))
        self.add_step(losses, time.perf_counter() - began)

    def learn_from(self, batch: Batch) -> Tensor:
        """Makes the update for a batch; returns the loss of each example, nats: ``[B]``."""
        self.update.set_count(self.step)
        return self.make_step(batch)

    def add_step(self, losses: Tensor, seconds: float) -> None:
        """Counts a step, given the loss of each example, ``[B]``, and its time."""
        self.losses.add(losses)
        self.step += 1
        self.seconds += seconds

    def evaluate(self, steps: int) -> dict[str, float]:
        """Writes the mean training loss since the last call and the validation scores to the journal."""
        train_loss = self.losses.mean(self.step)
        valid = self.scorer.validation(samples=1)
        del valid["valid_negative_bound"]  # with one sample, it is the ELBO
        scores = {"train_loss": train_loss, **valid}
        require_finite(scores, self.step)
        with undisturbed():
            self.journal.write(self.step, scores, self.seconds)
            self.evaluated = self.step
            self.losses.clear()
        log.info("%s", scores_line(self.step, steps, scores, self.seconds))
        return scores

    def write_gallery(self) -> None:
        """Writes images that show what the model has learned, see :mod:`runners.steps.gallery`."""
        write_gallery(self.path.parent, self.task, self.dataset, self.seed, self.device)

    def outcome(self, valid_samples: int, test_samples: int | None) -> dict[str, Any]:
        """Entries of the trained cell's record: final scores, see :meth:`Scorer.final`, and speed."""
        names = {estimator.same_as for estimator in self.estimators}
        model = {"lineage": self.lineage, "draws": self.draws, "step": self.step}
        kept = Kept(self.path.with_name(FILE), model, self.device)
        return {
            "step": self.step,
            "same_as": names.pop() if len(names) == 1 else None,
            "scores": self.scorer.final(self.step, valid_samples, test_samples, kept),
            "cost_evaluations": self.update.cost_evaluations,
            "batches_left_out": batches_left_out(self.learners),
            "steps_per_second": self.step / self.seconds,
            "training_seconds": self.seconds,
            **({} if self.compile_seconds is None else {"compile_seconds": round(self.compile_seconds, 1)}),
        }

    def save(self) -> None:
        """Writes a checkpoint, unless there is one of this step."""
        if self.saved == self.step > 0:
            return
        with undisturbed():
            self.saved, self.next_save = self.step, time.monotonic() + SAVE_EVERY
            checkpoint.save(self.path, self.state())

    def state(self) -> dict[str, Any]:
        """Everything that :meth:`restore` needs to resume with the same bits."""
        return {
            "lineage": self.lineage,
            "draws": self.draws,
            "extended_from": self.extended_from,
            "step": self.step,
            "evaluated": self.evaluated,
            "seconds": self.seconds,
            "compile_seconds": self.compile_seconds,
            "losses": self.losses.means(),
            "journal": self.journal.marks(),
            "generators": generator_states(self.device),
            "batches": self.batches.state_dict(),
            "task": self.task.state_dict(),
            "estimators": self.learners.state_dict(),
            "optimizers": [descent.optimizer.state_dict() for descent in self.update.descents],
        }

    def restore(self) -> bool:
        """Restores the cell's last usable checkpoint, if any, and the journal as it was at that step.

        Returns:
            False if the checkpoint does not fit: then it was set aside, and this object must not be used.
        """
        state = checkpoint.last_good(self.path, self.device, lineage=self.lineage, steps=self.steps)
        self.journal.restore({} if state is None else state["journal"])
        if state is None:
            return True
        try:
            self._load(state)
        except Exception as error:  # somebody's file, which claims to belong to this run and has other content
            checkpoint.set_last_aside(self.path, f"it does not fit this run ({describe(error).splitlines()[0]})")
            return False
        log.info("continuing from step %d", self.step)
        return True

    def _load(self, state: dict[str, Any]) -> None:
        self.draws = [draws for draws in state["draws"] if draws not in self.draws] + self.draws
        self.extended_from = state["extended_from"]
        self.step = self.saved = state["step"]
        self.evaluated = state["evaluated"]
        self.seconds = state["seconds"]
        self.compile_seconds = state.get("compile_seconds")
        self.losses.restore(state["losses"])
        self.batches.load_state_dict(state["batches"])
        self.task.load_state_dict(state["task"])
        self.learners.load_state_dict(state["estimators"])
        for descent, saved in zip(self.update.descents, state["optimizers"], strict=True):
            descent.optimizer.load_state_dict(saved)
        set_generator_states(state["generators"], self.device)
