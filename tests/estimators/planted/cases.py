"""Mistakes with the check that catches each, as parameters of a test."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest

from estimators import Estimator, Latent
from estimators.checks import check_estimator

Mistake = tuple[type[Estimator], str, Latent]


def planted(mistakes: Sequence[Mistake]) -> Any:
    """Each mistake, which its check must flag, and the class that it is derived from, which the check must not.

    The right class differs in one place, so that the check fails for the mistake and not for something else. It is
    slow, since shipped estimators pass each check at every change; so are all but the first mistake of each check.
    """
    classes = {mistake for mistake, *_ in mistakes}
    first = {check: (mistake, check, latent) for mistake, check, latent in reversed(mistakes)}
    parameters: dict[Mistake, Any] = {}
    for mistake, check, latent in mistakes:
        for each, outcome in ((mistake, "failed"), (right_of(mistake, classes), "passed")):
            case = (each, check, latent)
            marks = () if case == first[check] else pytest.mark.slow
            parameters.setdefault(case, pytest.param(*case, outcome, id=label(*case), marks=marks))
    return pytest.mark.parametrize(("estimator", "check", "latent", "outcome"), parameters.values())


def right_of(mistake: type[Estimator], mistakes: Collection[type[Estimator]]) -> type[Estimator]:
    """The class that it is derived from, by way of other mistakes perhaps."""
    return next(each for each in mistake.__mro__ if each not in mistakes)


def label(estimator: type[Estimator], check: str, latent: Latent) -> str:
    return f"{estimator.__name__}-{check}-{latent.family}"


def outcome_of(estimator: Any, check: str, latent: Latent) -> str:
    """The status of the check; "passed" also where it is skipped, because what it is about is not claimed."""
    results = list(check_estimator(estimator, latents=[latent], only=[check]))
    assert results
    return "failed" if any(result.status == "failed" for result in results) else "passed"
