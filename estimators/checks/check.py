"""One check of one estimator on one latent, and its outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from estimators.checks.problems import describe
from estimators.checks.result import CAUSES, Broken, CheckResult, Measured, Skip, statement
from estimators.estimator import NotApplicable
from estimators.latents import Latent

ExpectedFailures = Mapping[str, str]
"""Reasons for expected failures, by the check's name or by name and latent, as in ``unbiased_logits[bernoulli 4]``."""


@dataclass(frozen=True)
class Check:
    """One check, bound to the estimator and the latent that it runs on."""

    name: str
    latent: Latent
    test: Callable[[], Measured | str]
    about: CheckResult
    """The fields of the result that are known before it runs."""
    expected_failures: ExpectedFailures = field(default_factory=dict)

    @property
    def why_expected(self) -> str | None:
        return self.expected_failures.get(str(self), self.expected_failures.get(self.name))

    def run(self) -> CheckResult:
        result = self.outcome()
        if result.status == "failed" and self.why_expected is not None:
            return replace(result, status="xfail", reason=f"{self.why_expected} ({result.reason})")
        return result

    def outcome(self) -> CheckResult:
        try:
            measured = self.test()
        except (Skip, NotApplicable) as reason:
            return replace(self.about, status="skipped", reason=str(reason))
        except Broken as error:
            return replace(self.about, status="failed", reason=str(error))
        except Exception as error:
            # A user's estimator may raise anything; the other checks are still worth running.
            return replace(self.about, status="failed", reason=f"raised {type(error).__name__}: {error}")
        if isinstance(measured, str):
            return replace(self.about, status="passed", reason=measured)
        return replace(
            self.about,
            status="passed" if measured.holds else "failed",
            reason=str(measured),
            statistic=measured.statistic,
            tolerance=measured.tolerance,
            problem=measured.problem or self.about.problem,
        )

    def __call__(self, estimator: object = None) -> None:
        """For pytest: raises AssertionError if the check fails, and skips if it does not apply."""
        import pytest

        result = self.run()
        if result.status == "skipped":
            pytest.skip(result.reason)
        if result.status == "xfail":
            pytest.xfail(result.reason)
        assert result.status == "passed", str(result)

    def __str__(self) -> str:
        return self.about.name


def bound(
    test: Callable[..., Any],
    latent: Latent,
    run: Callable[[], Measured | str],
    expected_failures: ExpectedFailures = MappingProxyType({}),
    problem: str = "",
) -> Check:
    """The check that calls ``run``, which is ``test`` bound to one estimator and latent."""
    about = CheckResult(
        test.__name__,
        describe(latent),
        "skipped",
        "not run",
        expected=statement(test),
        problem=problem,
        causes=CAUSES.get(test, ()),
    )
    return Check(test.__name__, latent, run, about, expected_failures)
