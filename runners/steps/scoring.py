"""Scores of a model while it is trained and after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from runners.cells.divergence import require_finite
from runners.cells.files import read_json, write_atomically
from runners.config.kinds import fits
from runners.steps.seeds import drawing_from
from tasks.batches import evaluation_set
from tasks.bounds import evaluate
from tasks.datasets import Dataset
from tasks.task import Task


class Scorer:
    """Scores a task on its held-out data, from draws that are the same for every estimator and call."""

    def __init__(self, task: Task, dataset: Dataset, seed: int, device: str) -> None:
        self.task = task
        self.dataset = dataset
        self.seed = seed
        self.device = device

    def score(self, split: Literal["valid", "test"], samples: int) -> dict[str, float]:
        """Bounds, nats, and further scores on a split."""
        data = evaluation_set(getattr(self.dataset, split), self.dataset.binarisation)
        with drawing_from(self.seed, "evaluation", self.device):
            return evaluate(self.task, data, samples)

    def validation(self, samples: int) -> dict[str, float]:
        """Scores on the validation set, by names that say so."""
        return {f"valid_{name}": score for name, score in self.score("valid", samples).items()}

    def final(
        self, step: int, valid_samples: int, test_samples: int | None, kept: Path, lineage: str
    ) -> dict[str, float]:
        """The scores of a cell that is trained.

        Those on the test set are kept while those on the validation set are computed, since each may take long.

        Args:
            step: parameter updates made.
            valid_samples: samples m per validation example.
            test_samples: samples m per test example; None for no score on the test set.
            kept: file by which a process goes on after the death of the one before.
            lineage: of the run that they are of.

        Raises:
            Diverged: one of them is not finite.
        """
        scores: dict[str, float] = {}
        if test_samples is not None:
            which = {"lineage": lineage, "step": step, "samples": test_samples}
            found = _kept(kept, which)
            if found is None:
                found = self.score("test", test_samples)
                write_atomically(kept, json.dumps(which | {"scores": found}) + "\n")
            scores |= {**found, "bound_samples": test_samples}
        scores |= {**self.validation(valid_samples), "valid_samples": valid_samples}
        require_finite(scores, step)
        kept.unlink(missing_ok=True)
        return scores


def _kept(path: Path, which: Mapping[str, Any]) -> dict[str, float] | None:
    """The test scores that a process before this one has kept, if they are of the same run, step and samples."""
    try:
        kept = read_json(path)
        known = all(kept[key] == value for key, value in which.items()) and fits(kept["scores"], dict[str, float])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return kept["scores"] if known else None
