"""One check of one estimator on one latent, and its outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from estimators.checks.problems import describe
from estimators.checks.result import CAUSES, Broken, CheckResult, Measured, Skip, Status, statement
from estimators.estimator import NotApplicable
from estimators.latents import Latent

ExpectedFailures = Mapping[str, str]
"""Reasons for expected failures, by the check's name or by name and latent, as in ``unbiased_logits[bernoulli 4]``."""


@dataclass(frozen=True)
class Check:
    """One check, bound to the estimator and the latent that it runs on.

    Attributes:
        test: the function that says what must hold.
        call: calls ``test`` with its arguments.
        problem: the problem on which it measures, unless what it measures names another.
    """

    test: Callable[..., Measured | str]
    latent: Latent
    call: Callable[[], Measured | str]
    problem: str = ""
    expected_failures: ExpectedFailures = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.test.__name__

    def run(self) -> CheckResult:
        result = self.outcome()
        why_expected = self.expected_failures.get(str(self), self.expected_failures.get(self.name))
        if result.status == "failed" and why_expected is not None:
            return replace(result, status="xfail", reason=f"{why_expected} ({result.reason})")
        return result

    def outcome(self) -> CheckResult:
        try:
            measured = self.call()
        except (Skip, NotApplicable) as reason:
            return self.result("skipped", str(reason))
        except Broken as error:
            return self.result("failed", str(error))
        except Exception as error:
            # A user's estimator may raise anything; the other checks are still worth running.
            return self.result("failed", f"raised {type(error).__name__}: {error}")
        if isinstance(measured, str):
            return self.result("passed", measured)
        return self.result(
            "passed" if measured.holds else "failed",
            str(measured),
            statistic=measured.statistic,
            tolerance=measured.tolerance,
            problem=measured.problem or self.problem,
        )

    def result(self, status: Status, reason: str, **measured: Any) -> CheckResult:
        about = {"expected": statement(self.test), "problem": self.problem, "causes": CAUSES.get(self.test, ())}
        return CheckResult(self.name, describe(self.latent), status, reason, **{**about, **measured})

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
        return f"{self.name}[{describe(self.latent)}]"
