"""What a check finds, and how it says that it does not apply or that the contract is broken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check of one estimator on one latent.

    Attributes:
        check: name of the check.
        latent: what it ran on, such as ``bernoulli 4``, or ``categorical 2x4``.
        status: passed, failed or skipped.
        details: what was measured, or why the check failed or was skipped.
        statistic: the number that decided, or None for a check that is no measurement.
        tolerance: what the statistic was compared with.
    """

    check: str
    latent: str
    status: Status
    details: str
    statistic: float | None = None
    tolerance: float | None = None

    @property
    def name(self) -> str:
        return f"{self.check}[{self.latent}]"

    def __str__(self) -> str:
        return f"{self.status:7}  {self.name}  {self.details}"


@dataclass(frozen=True)
class Measured:
    """A number and the tolerance it must keep to; a statistic that is not a number never does.

    Attributes:
        what: the statistic in words, with its unit.
        relation: how the statistic must stand to the tolerance.
        details: further numbers a reader of a failure wants.
    """

    what: str
    statistic: float
    tolerance: float
    details: str = ""
    relation: Literal["<=", ">="] = "<="

    @property
    def holds(self) -> bool:
        if self.relation == "<=":
            return self.statistic <= self.tolerance
        return self.statistic >= self.tolerance

    def __str__(self) -> str:
        sign = self.relation if self.holds else {"<=": ">", ">=": "<"}[self.relation]
        text = f"{self.what} {self.statistic:.3g} {sign} {self.tolerance:.3g}"
        return f"{text}; {self.details}" if self.details else text


class Skip(Exception):  # noqa: N818 - a reason, not an error
    """The check does not apply. The message is the reason, for the reader."""


class Broken(Exception):  # noqa: N818 - the estimator's error, not the check's
    """The estimator breaks the contract. The message says where."""
