"""``python -m estimators.checks TARGET``: a table of results; exit status 1 when a check failed, 2 for a bad target."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from estimators.catalogue import UnknownTarget, find
from estimators.checks.result import CheckResult
from estimators.checks.suite import check_estimator

EXPLANATION = "How to read a failure: docs/checks.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m estimators.checks", description=__doc__, epilog=EXPLANATION)
    parser.add_argument("target", help="their.module.Class, or a name in conf/estimator such as nvil")
    parser.add_argument("checks", nargs="*", help="names of the checks to run; all of them by default")
    arguments = parser.parse_args()
    try:
        results = check_estimator(find(arguments.target), only=arguments.checks or None)
    except (UnknownTarget, TypeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    start, count = time.monotonic(), Counter[str]()
    for result in results:
        count[result.status] += 1
        print(row(result), flush=True)
    summary = ", ".join(f"{count[status]} {status}" for status in ("passed", "failed", "skipped"))
    print(f"\n{arguments.target}: {summary} in {time.monotonic() - start:.1f} s")
    if count["failed"]:
        print(EXPLANATION)
    return 1 if count["failed"] else 0


def row(result: CheckResult) -> str:
    return f"{result.status:8} {result.check:28} {result.latent:16} {result.details}"


if __name__ == "__main__":
    sys.exit(main())
