"""Validation scores in the place of test scores, where no cell was tested, as in a search."""

from __future__ import annotations

from results.comparison import Comparison
from results.scores import Entry, Quantity
from results.statistics.standing import Mark

NAMES = {"valid_negative_bound": "validation bound", "valid_negative_elbo": "validation negative ELBO"}

UNTESTED = (
    "scores on the validation set in nats, lower is better, since no cell has a test score: mean over seeds, "
    "± standard deviation if there are several. They chose the settings, so they are biased downwards, the more so the "
    "more settings were tried; no difference is tested, and the lowest is {best}."
)
"""The description of such scores."""


def validation_name(comparison: Comparison, quantity: Quantity) -> str:
    """The name of the validation score that stands for the bound on a problem without test scores; empty for others."""
    if not quantity.is_bound or quantity.problem not in comparison.untested:
        return ""
    scores = {str(choice.score) for choice in comparison.untested[quantity.problem]}
    return NAMES[scores.pop()] if len(scores) == 1 else "validation score"


def validation_entries(comparison: Comparison) -> dict[tuple[str, Quantity], Entry]:
    """The validation scores of the chosen settings on problems without test scores, the lowest marked."""
    entries = {}
    for problem, choices in comparison.untested.items():
        comparable = len({choice.score for choice in choices}) == 1
        lowest = min(choice.validated for choice in choices)
        for choice in choices:
            scores = choice.done.loc[choice.done["seed"].isin(choice.seeds), str(choice.score)].dropna()
            mark: Mark = "best" if comparable and choice.validated == lowest else ""
            quantity = Quantity(problem)
            entries[choice.method, quantity] = Entry(quantity, scores.to_numpy(float), 0, "", mark, True, None)
    return entries
