"""Scores of a model, during and after training."""

from __future__ import annotations

from typing import Literal

from runners.cells.divergence import require_finite
from runners.steps.kept import Kept, Scoring
from runners.steps.seeds import drawing_from
from tasks.batches import evaluation_set
from tasks.bounds import Sums, evaluate
from tasks.datasets import Dataset
from tasks.task import Task


class Scorer:
    """Scores a task on its held-out data, with the same random draws for every estimator and call."""

    def __init__(self, task: Task, dataset: Dataset, seed: int, device: str) -> None:
        self.task = task
        self.dataset = dataset
        self.seed = seed
        self.device = device

    def score(self, split: Literal["valid", "test"], samples: int, sums: Sums | None = None) -> dict[str, float]:
        """Bounds, nats, and further scores on a split; with unfinished ``sums``, only the rest is computed."""
        data = evaluation_set(getattr(self.dataset, split), self.dataset.binarisation)
        with drawing_from(self.seed, "evaluation", self.device):
            return evaluate(self.task, data, samples, sums)

    def validation(self, samples: int) -> dict[str, float]:
        """Scores on the validation set, by names that begin with ``valid_``."""
        return _of_validation(self.score("valid", samples))

    def final(self, step: int, valid_samples: int, test_samples: int | None, kept: Kept) -> dict[str, float]:
        """The scores of a trained cell.

        Args:
            step: number of parameter updates.
            valid_samples: samples m per validation example.
            test_samples: samples m per test example; None for no test scores.
            kept: what an earlier process has computed, and where to store further results.

        Raises:
            Diverged: one of them is not finite.
        """
        scores: dict[str, float] = {}
        if test_samples is not None:
            scores |= {**self._kept_score(Scoring("test", test_samples), kept), "bound_samples": test_samples}
        valid = self._kept_score(Scoring("valid", valid_samples), kept)
        scores |= {**_of_validation(valid), "valid_samples": valid_samples}
        require_finite(scores, step)
        kept.remove()
        return scores

    def _kept_score(self, scoring: Scoring, kept: Kept) -> dict[str, float]:
        if str(scoring) not in kept.known:
            kept.add(scoring, self.score(*scoring, kept.sums(scoring)))
        return kept.known[str(scoring)]


def _of_validation(scores: dict[str, float]) -> dict[str, float]:
    return {f"valid_{name}": score for name, score in scores.items()}
