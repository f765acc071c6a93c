"""Results of checks, and the exceptions for a check that does not apply and for a contract that is broken."""

from __future__ import annotations

import inspect
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

Status = Literal["passed", "failed", "xfail", "skipped"]


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check of one estimator on one latent.

    Attributes:
        check: name of the check.
        latent: the latent it ran on, such as ``bernoulli 4`` or ``categorical 2x4``.
        status: passed, failed, skipped, or xfail for a failure that ``expected_failed_checks`` names.
        reason: what was measured, or why the check failed or was skipped.
        statistic: the number that decided, or None for a check that measures none.
        tolerance: the number that the statistic was compared with.
        expected: what must hold.
        problem: cost, logits and mode in which it was measured.
        causes: the two most likely causes of a failure.
    """

    check: str
    latent: str
    status: Status
    reason: str
    statistic: float | None = None
    tolerance: float | None = None
    expected: str = ""
    problem: str = ""
    causes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.check}[{self.latent}]"

    def __str__(self) -> str:
        """One line; for a failure, up to three more."""
        line = f"{self.status:8} {self.check:28} {self.latent:16} {self.reason}"
        if self.status != "failed":
            return line
        more = {"expected": self.expected, "at": self.problem, "likely": "; or ".join(self.causes)}
        return "\n".join([line, *(f"{'':8} {key:9} {text}" for key, text in more.items() if text)])

    def as_dict(self) -> dict[str, Any]:
        """For JSON, which has no infinite numbers: these are None."""
        fields = {"name": self.name, **asdict(self), "causes": list(self.causes)}
        infinite = (key for key, value in fields.items() if isinstance(value, float) and not math.isfinite(value))
        return {**fields, **dict.fromkeys(infinite)}


@dataclass(frozen=True)
class Summary:
    """How many checks passed, failed and were skipped; a skipped check has not run."""

    passed: int
    failed: int
    xfail: int
    skipped: int

    @classmethod
    def of(cls, results: Iterable[CheckResult]) -> Summary:
        count = Counter(result.status for result in results)
        return cls(count["passed"], count["failed"], count["xfail"], count["skipped"])

    @property
    def run(self) -> int:
        return self.passed + self.failed + self.xfail

    def __str__(self) -> str:
        expected = f", {self.xfail} failed as expected" if self.xfail else ""
        return f"{self.run} checks run: {self.passed} passed, {self.failed} failed{expected}; {self.skipped} skipped"


@dataclass(frozen=True)
class Measured:
    """A statistic and its tolerance; a NaN never holds.

    Attributes:
        what: the statistic in words, with its unit.
        relation: the relation of statistic and tolerance that must hold.
        details: further numbers that help to understand a failure.
        problem: the problem on which it was measured, if not the check's usual one.
    """

    what: str
    statistic: float
    tolerance: float
    details: str = ""
    relation: Literal["<=", ">="] = "<="
    problem: str = ""

    @property
    def holds(self) -> bool:
        if self.relation == "<=":
            return self.statistic <= self.tolerance
        return self.statistic >= self.tolerance

    @property
    def strain(self) -> float:
        """How close it is to failing; above 1 it fails."""
        if math.isnan(self.statistic):
            return math.inf
        high, low = (self.statistic, self.tolerance) if self.relation == "<=" else (self.tolerance, self.statistic)
        if low:
            return high / low
        return math.inf if high > 0 else 0.0

    def __str__(self) -> str:
        sign = self.relation if self.holds else {"<=": ">", ">=": "<"}[self.relation]
        text = f"{self.what} {self.statistic:.3g} {sign} {self.tolerance:.3g}"
        return f"{text}; {self.details}" if self.details else text


def worst(measured: Iterable[Measured]) -> Measured:
    """The measurement that is closest to failing."""
    return max(measured, key=lambda each: each.strain)


class Skip(Exception):  # noqa: N818 - a reason, not an error
    """The check does not apply. The message gives the reason."""


class Broken(Exception):  # noqa: N818 - the estimator's error, not the check's
    """The estimator breaks the contract. The message says where."""


Test = TypeVar("Test", bound=Callable[..., Any])
CAUSES: dict[Callable[..., Any], tuple[str, str]] = {}
"""The two most likely causes of a failure, by check."""


def causes(first: str, second: str) -> Callable[[Test], Test]:
    """Decorates a check with the two most likely causes of its failure."""

    def note(test: Test) -> Test:
        CAUSES[test] = first, second
        return test

    return note


def statement(test: Callable[..., Any]) -> str:
    """The property that a check tests: the first paragraph of its docstring, on one line."""
    return " ".join((inspect.getdoc(test) or "").partition("\n\n")[0].split())
