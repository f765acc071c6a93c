"""Checks an estimator against the contract and prints a table of results.

The exit status is 1 when a check failed or none ran, and 2 when the target or a check is not known.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict

from estimators.catalogue import UnknownTarget, find
from estimators.checks.result import CheckResult, Summary
from estimators.checks.suite import check_estimator

EXPLANATION = "How to read a failure: docs/checks.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m estimators.checks", description=__doc__, epilog=EXPLANATION)
    parser.add_argument("target", help="a class as module.Class, or a name in conf/estimator such as nvil")
    parser.add_argument("checks", nargs="*", help="names of the checks to run; default: all of them")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of the table")
    parser.add_argument(
        "--expect-failure",
        metavar="CHECK=REASON",
        action="append",
        default=[],
        help="a check that may fail, and why; can be given several times",
    )
    parser.add_argument(
        "--reference",
        metavar="module.function",
        help="a function for the mean and second moment of a biased estimator's gradient, see docs/checks.md",
    )
    arguments = parser.parse_args()
    start, results = time.monotonic(), list[CheckResult]()
    try:
        expected = dict(each.split("=", 1) if "=" in each else (each, "expected") for each in arguments.expect_failure)
        only = arguments.checks or None
        reference = find(arguments.reference) if arguments.reference else None
        checks = check_estimator(
            find(arguments.target), only=only, expected_failed_checks=expected, reference=reference
        )
    except (UnknownTarget, TypeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    for result in checks:
        results.append(result)
        if not arguments.json:
            print(result, flush=True)
    summary = Summary.of(results)
    if arguments.json:
        print(json.dumps(document(arguments.target, summary, results), indent=1))
    else:
        print(f"\n{arguments.target}: {summary} in {time.monotonic() - start:.1f} s")
        if summary.failed:
            print(EXPLANATION)
    return 1 if summary.failed or not summary.run else 0


def document(target: str, summary: Summary, results: list[CheckResult]) -> dict[str, object]:
    counts = {"run": summary.run, **asdict(summary)}
    return {"target": target, "checks": counts, "results": [result.as_dict() for result in results]}


if __name__ == "__main__":
    sys.exit(main())
