"""The public check suite: is this estimator what it says it is, and does it keep the contract?

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
