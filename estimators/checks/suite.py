"""The two ways to run the checks: as an iterator of results and as pytest parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from estimators.checks.check import Check, ExpectedFailures
from estimators.checks.checklist import CHECKS, LATENTS, Scope
from estimators.checks.factory import Factory, factory_of, name_of
from estimators.checks.moments import Reference, moment_checks
from estimators.checks.result import Broken, CheckResult
from estimators.checks.subject import Subject
from estimators.latents import Latent


def check_estimator(
    estimator: Any,
    *,
    latents: Sequence[Latent] = LATENTS,
    only: Collection[str] | None = None,
    expected_failed_checks: ExpectedFailures | None = None,
    reference: Reference | None = None,
) -> Iterator[CheckResult]:
    """Runs the checks of one estimator, each when the iterator reaches it.

    Args:
        estimator: a factory ``(latent, context_size) -> Estimator``, such as a class or a ``functools.partial`` of one,
            or a configuration node with a ``_target_``.
        latents: the latents to try, larger ones first within each family; at most about 100 codes each.
        only: names of the checks to run; None for all of them.
        expected_failed_checks: checks that may fail, each with a reason; their failures have the status "xfail".
        reference: the expected moments of a biased estimator; see :func:`~estimators.checks.check_moments`.

    Raises:
        TypeError: ``estimator`` is not a factory.
        ValueError: ``only`` or ``expected_failed_checks`` has a name that is not that of a check.
    """
    checks = checks_for(factory_of(estimator), latents, expected_failed_checks or {}, reference)
    reject_unknown(only or (), names_of(checks))
    return (check.run() for check in checks if only is None or check.name in only)


def parametrize_with_checks(
    estimators: Sequence[Any] | Mapping[str, Any],
    *,
    expected_failed_checks: Callable[[Any], ExpectedFailures] | None = None,
) -> Any:
    """A pytest decorator that creates one test for each check of each estimator.

    >>> @parametrize_with_checks([MyEstimator])
    ... def test_contract(estimator, check):
    ...     check(estimator)

    Args:
        estimators: as for :func:`check_estimator`, in a list, or in a mapping whose keys become the tests' names.
        expected_failed_checks: function of an estimator that returns its checks that may fail, each with a reason.
    """
    import pytest

    named = estimators if isinstance(estimators, Mapping) else {name_of(each): each for each in estimators}
    cases = [
        pytest.param(estimator, check, id=f"{name}-{check}")
        for name, estimator in named.items()
        for check in checks_for(
            factory_of(estimator), LATENTS, expected_failed_checks(estimator) if expected_failed_checks else {}
        )
    ]
    return pytest.mark.parametrize(("estimator", "check"), cases)


def checks_for(
    factory: Factory, latents: Sequence[Latent], expected_failures: ExpectedFailures, reference: Reference | None = None
) -> list[Check]:
    """All checks of one estimator on the ``latents`` that it accepts; for each other latent, one that gives the reason.

    Raises:
        ValueError: an expected failure has a name that is not that of a check.
    """
    subjects: dict[Latent, Subject] = {}
    checks = [
        Check(
            accepts_latent,
            latent,
            partial(accepts_latent, factory, latent, subjects),
            expected_failures=expected_failures,
        )
        for latent in latents
    ]
    outcomes = [check.outcome().reason for check in checks]
    if not subjects:
        return [Check(accepts_latent, latents[0], partial(refuse, "; ".join(dict.fromkeys(outcomes))))]
    accepted = list(subjects)
    first_of_family = {latent.family: latent for latent in reversed(accepted)}
    largest = [latent for latent in accepted if latent is first_of_family[latent.family]]
    where: dict[Scope, list[Latent]] = {
        "every latent": accepted,
        "every categorical": [latent for latent in accepted if latent.family == "categorical"],
        "each family": largest,
        "one categorical": [latent for latent in largest if latent.family == "categorical"],
        "once": largest[:1],
    }
    for test, scope in CHECKS.items():
        for latent in where[scope]:
            subject = subjects[latent]
            checks.append(Check(test, latent, partial(test, subject), str(subject.problem()), expected_failures))
    if reference is not None:
        checks += moment_checks(factory, reference, expected_failures=expected_failures)
    reject_unknown(expected_failures, names_of(checks) | {str(check) for check in checks})
    return checks


def names_of(checks: Sequence[Check]) -> set[str]:
    """Names of all checks, including those that run on none of the estimator's latents."""
    return {check.name for check in checks} | {test.__name__ for test in CHECKS}


def reject_unknown(given: Collection[str], known: Collection[str]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: there is no such check; choose from {', '.join(sorted(known))}")


def accepts_latent(factory: Factory, latent: Latent, subjects: dict[Latent, Subject]) -> str:
    """The estimator exists for this latent, or raises NotApplicable with the reason."""
    if latent not in subjects:
        subjects[latent] = Subject(factory, latent)
    return "exists"


def refuse(reasons: str) -> str:
    raise Broken(f"no latent is accepted: {reasons}")
