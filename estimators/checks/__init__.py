"""The public check suite: does an estimator do what it declares, and does it satisfy the contract?

>>> from estimators.checks import check_estimator
>>> for result in check_estimator(MyEstimator):
...     print(result)
"""

from estimators.checks.moments import Moments, check_moments
from estimators.checks.result import CheckResult, Summary
from estimators.checks.suite import check_estimator, parametrize_with_checks

__all__ = [
    "CheckResult",
    "Moments",
    "Summary",
    "check_estimator",
    "check_moments",
    "parametrize_with_checks",
]
