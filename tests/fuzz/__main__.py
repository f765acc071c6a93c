"""``make fuzz``: tests the promises of docs/reliability.md with random inputs for some minutes, from a seed.

Each attempt depends only on its number: ``python -m tests.fuzz --seed 0 --only records --attempt 17`` repeats it.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import results.report
from tests.fuzz.bench import Bench
from tests.fuzz.kinds import KINDS


def attempt(seed: int, kind: str, number: int, bench: Bench) -> str | None:
    """Makes one attempt; returns the traceback of a failure."""
    place = bench.folder / "attempt"
    shutil.rmtree(place, ignore_errors=True)
    try:
        KINDS[kind](random.Random(f"{seed}/{kind}/{number}"), place, bench)
    except Exception:
        return traceback.format_exc()
    return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--only", choices=KINDS, help="only attempts of this kind")
    parser.add_argument("--attempt", type=int, help="only this attempt, of the kind given by --only")
    options = parser.parse_args()
    kinds = [options.only] if options.only else list(KINDS)
    seconds, numbers, failures = dict.fromkeys(kinds, 0.0), Counter[str](), list[str]()
    results.report.draw = lambda figures, folder: []  # drawing would take most of the time
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            bench = Bench(Path(folder))
        while sum(seconds.values()) < 60 * options.minutes:
            kind = min(seconds, key=lambda kind: seconds[kind])  # each gets the same time
            number = numbers[kind] if options.attempt is None else options.attempt
            began = time.monotonic()
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                failure = attempt(options.seed, kind, number, bench)
            seconds[kind] += time.monotonic() - began
            numbers[kind] += 1
            if failure:
                failures.append(f"--seed {options.seed} --only {kind} --attempt {number}")
                print(f"{failures[-1]}\n{failure}", flush=True)
            if options.attempt is not None:
                break
    attempts = ", ".join(f"{number} {kind}" for kind, number in numbers.items())
    print(f"attempts: {attempts}; {len(failures)} failures", *failures, sep="\n")
    return int(bool(failures))


if __name__ == "__main__":
    multiprocessing.set_start_method("fork", force=True)
    sys.exit(main())
