"""What tables say about: a score on a problem, and the scores of one method by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from results.reading.methods import Problem
from results.statistics.differences import Difference
from results.statistics.intervals import Interval, deviation, t_interval
from results.statistics.standing import Mark

BOUND = "negative_bound"
"""The main score: nats, lower is better."""


class Quantity(NamedTuple):
    """A score on a problem. Bounds are negative, in nats, lower is better; other scores are better when higher.

    A perplexity is descriptive only: no method is the best by it.
    """

    problem: Problem
    score: str = BOUND

    @property
    def is_bound(self) -> bool:
        return self.score.startswith("negative_")

    @property
    def describes(self) -> bool:
        return self.score.endswith("_perplexity")

    @property
    def sign(self) -> int:
        """The factor that makes lower better."""
        return 1 if self.is_bound else -1

    def in_own_unit(self, gap: Difference) -> Difference:
        """A difference of scores signed so that lower is better, as a difference of the scores themselves."""
        return gap if self.sign > 0 else gap.negated

    @property
    def decimals(self) -> int:
        return 2 if self.is_bound or self.describes else 3

    @property
    def name(self) -> str:
        return self.problem.bound if self.score == BOUND else self.score.replace("_", " ")

    @property
    def title(self) -> str:
        """``vae_bernoulli, mnist-fixed, 1000-sample bound``."""
        return ", ".join(filter(None, (*self.problem.training, self.name)))

    @property
    def unit(self) -> str:
        return "nats" if self.is_bound else ""


@dataclass(frozen=True)
class Entry:
    """The entry of a table for one method, one score and one problem.

    Attributes:
        values: the scores that the mean is taken over.
        lost: the number of its seeds without a score that count against it.
        statuses: of all its cells on the problem, in words; shown if there is no score.
        mark: "best", "tie" or "".
        compared: False if it has scores, but on too few of the common seeds.
        difference: from the best, in the score's own unit; None for the best method, and if there is no best.
    """

    quantity: Quantity
    values: np.ndarray
    lost: int
    statuses: str
    mark: Mark
    compared: bool
    difference: Difference | None

    @property
    def mean(self) -> float:
        return float(self.values.mean()) if len(self.values) else np.nan

    @property
    def deviation(self) -> float:
        return deviation(self.values)

    @property
    def interval(self) -> Interval:
        return t_interval(self.values)
