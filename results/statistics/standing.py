"""The best method on a problem, and those not significantly different from it: one rule for every table and figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from results.statistics.blocks import largest_block
from results.statistics.differences import Difference, difference

Outcomes = Mapping[str, Mapping[int, float]]
"""By method and seed: a score, or NaN for a seed that was lost. Seeds that are pending or were not run are absent."""

Mark = Literal["best", "tie", ""]


@dataclass(frozen=True)
class Standing:
    """Methods compared on one problem by one score, lower being better.

    Attributes:
        scores: the methods compared, on the seeds that all of them have an outcome for; NaN for a lost seed.
        seeds: these seeds.
        lost: the number of seeds that each of the methods lost, whether or not they are in ``seeds``.
        aside: methods that have outcomes but are not compared, since they share too few seeds with the others.
        best: the method with the lowest mean among those that lost the smallest share of their seeds; None if no method
            has a score.
        differences: from the best, of every other method compared that has a score.
        marks: "best", "tie" for a method that does not differ significantly from the best, or "".
    """

    scores: dict[str, dict[int, float]]
    seeds: list[int]
    lost: dict[str, int]
    aside: list[str]
    best: str | None
    differences: dict[str, Difference]
    marks: dict[str, Mark]

    def values(self, method: str) -> np.ndarray:
        """The scores of one of the methods compared, without lost seeds: ``[n]``."""
        scores = np.array(list(self.scores[method].values()), dtype=float)
        return scores[np.isfinite(scores)]

    def unranked(self) -> Standing:
        """The same scores without a best method."""
        return replace(self, best=None, differences={}, marks=dict.fromkeys(self.marks, ""))


def standing(outcomes: Outcomes, decimals: int) -> Standing:
    """Compares methods on their common seeds.

    The mean of a method that lost seeds is over the survivors alone, so it is neither the best nor a tie while another
    method lost a smaller share. Differences from the best are Bonferroni-corrected for their number. The truly best
    method is therefore left unmarked in fewer than 5 % of comparisons, whichever method comes out best (compare Hsu
    1984, *Constrained simultaneous confidence intervals for multiple comparisons with the best*). As confidence
    intervals they do not hold jointly at 95 %, since the best method is selected by the same scores.

    Args:
        outcomes: lower is better.
        decimals: the number printed. With one common seed there is no interval, and means that print alike are ties.
    """
    methods, common = largest_block({method: set(by_seed) for method, by_seed in outcomes.items()})
    seeds = sorted(common)
    scores = {method: {seed: outcomes[method][seed] for seed in seeds} for method in methods}
    aside = [method for method, by_seed in outcomes.items() if by_seed and method not in scores]
    lost = {method: int(np.isnan(list(outcomes[method].values())).sum()) for method in methods}
    share = {method: lost[method] / len(outcomes[method]) for method in methods}
    alive = [method for method in methods if not np.isnan(list(scores[method].values())).all()]
    contenders = [method for method in alive if share[method] == min(share[other] for other in alive)]
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
            marks[method] = "tie" if (alike if gap.seeds < 2 else not gap.significant) else ""
    return Standing(scores, seeds, lost, aside, best, differences, marks)
