"""Which method is best on a problem, and which cannot be told apart from it: one rule for every table and figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from results.statistics.blocks import largest_block
from results.statistics.differences import Difference, difference

Outcomes = Mapping[str, Mapping[int, float]]
"""By method and seed: a score, or NaN for a seed that was lost. Seeds that are pending or not asked for are absent."""

Mark = Literal["best", "tie", ""]


@dataclass(frozen=True)
class Standing:
    """How methods stand on one problem by one score, lower being better.

    Attributes:
        scores: the methods that are compared, on the seeds that all of them have an outcome for; NaN is a lost seed.
        seeds: those seeds.
        lost: how many seeds each of the methods lost, among those of the comparison or not.
        aside: methods that have outcomes and are not compared, since too few seeds are common.
        best: the lowest mean among the methods that lost the smallest share of the seeds; None where nothing has a
            score. differences: of every other method that is compared and has a score, to the best. marks: "best",
            "tie" for what is not told apart from it, or "".
    """

    scores: dict[str, dict[int, float]]
    seeds: list[int]
    lost: dict[str, int]
    aside: list[str]
    best: str | None
    differences: dict[str, Difference]
    marks: dict[str, Mark]

    def values(self, method: str) -> np.ndarray:
        """The scores of one method that is compared, without lost seeds: ``[n]``."""
        found = np.array(list(self.scores[method].values()), dtype=float)
        return found[np.isfinite(found)]

    def unranked(self) -> Standing:
        """The same scores, by which no method is better than another."""
        return replace(self, best=None, differences={}, marks=dict.fromkeys(self.marks, ""))


def standing(outcomes: Outcomes, decimals: int) -> Standing:
    """Compares methods on their common seeds.

    A method that lost a seed has the mean of those that survived, so it is not the best while another lost fewer, and
    is not marked. The differences to the best are intervals that hold together: a method that is not marked is worse
    than the best, and the truly best one is unmarked in fewer than 5 % of comparisons (Hsu 1984, *Constrained
    simultaneous confidence intervals for multiple comparisons with the best*; here by Bonferroni).

    Args:
        outcomes: lower is better.
        decimals: that are printed. With one common seed there is no interval: then what prints alike is a tie.
    """
    methods, common = largest_block({method: set(by_seed) for method, by_seed in outcomes.items()})
    seeds = sorted(common)
    scores = {method: {seed: outcomes[method][seed] for seed in seeds} for method in methods}
    aside = [method for method, by_seed in outcomes.items() if by_seed and method not in scores]
    lost = {method: int(np.isnan(list(outcomes[method].values())).sum()) for method in methods}
    share = {method: lost[method] / len(outcomes[method]) for method in methods}
    alive = [method for method in methods if not np.isnan(list(scores[method].values())).all()]
    contenders = [method for method in alive if share[method] == min(share[each] for each in alive)]
    means = {method: float(np.nanmean(list(scores[method].values()))) for method in alive}
    best = min(contenders, key=lambda method: means[method], default=None)
    if best is None:
        return Standing(scores, seeds, lost, aside, None, {}, dict.fromkeys(methods, ""))
    others = [method for method in alive if method != best]
    differences = {method: difference(scores[method], scores[best], len(others)) for method in others}
    marks: dict[str, Mark] = dict.fromkeys(methods, "")
    marks[best] = "best"
    for method in contenders:
        if method != best:
            gap = differences[method]
            alike = round(means[method], decimals) == round(means[best], decimals)
            marks[method] = "tie" if (alike if gap.seeds < 2 else not gap.is_told) else ""
    return Standing(scores, seeds, lost, aside, best, differences, marks)
