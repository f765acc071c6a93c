"""``python -m results.compare BASE NEW``: what became better or worse between two folders of cells, beyond noise."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from results.collect import NoCells, collect
from results.comparison import Comparison, Problem, compare
from results.significance import scores_by_seed
from results.statistics import holm, interval
from results.statistics.paired import student

DESCRIPTION = """\
Sets the test bounds of two folders side by side, method by method, problem by problem and seed by seed.

A method is better or worse if its mean moved by at least SIZE nats and not by chance: p of the paired t-test over
seeds, after Holm for the number of rows, is below 0.05. With one seed in common a difference of SIZE is told, and is no
verdict. A method whose seeds are not all done any more is lost."""

EPILOG = """\
exit status: 0 when nothing became worse, is lost or gone, 1 when something did, 2 when a folder holds no cells."""


def changes(base: Comparison, new: Comparison, size: float) -> pd.DataFrame:
    """One row per method and problem of either: common seeds, mean difference (new minus base) and a verdict."""
    rows: list[dict[str, Any]] = []
    for problem in sorted({*base.problems, *new.problems}, key=str):
        before, after = scores_by_seed(base, problem), scores_by_seed(new, problem)
        rows += [
            _change(problem, method, before.get(method), after.get(method)) for method in sorted({*before, *after})
        ]
    found = pd.DataFrame(rows)
    if not found.empty:
        found["p"] = holm(list(found["p"]))
        found["verdict"] = [_verdict(row, size) for row in found.to_dict("records")]
    return found


def _change(
    problem: Problem, method: str, before: Mapping[int, float] | None, after: Mapping[int, float] | None
) -> dict[str, Any]:
    row: dict[str, Any] = {
        **problem._asdict(),
        "method": method,
        "seeds": 0,
        "lost": 0,
        "difference": np.nan,
        "p": np.nan,
    }
    if before is None or after is None:
        return row | {"low": np.nan, "high": np.nan, "there": "new" if before is None else "gone"}
    gap = np.array([after[seed] - before[seed] for seed in sorted(before.keys() & after.keys())])
    mean, low, high = interval(gap)
    return row | {
        "seeds": len(gap),
        "lost": len(before.keys() - after.keys()),
        "difference": mean,
        "low": low,
        "high": high,
        "p": student(gap),
        "there": "both",
    }


def _verdict(row: Mapping[Any, Any], size: float) -> str:
    if row["there"] != "both":
        return str(row["there"])
    if row["lost"]:
        return "lost"
    if row["seeds"] == 0:
        return "no seed in common"
    if abs(row["difference"]) < size:
        return "same"
    if row["seeds"] == 1:
        return "differs"
    if not row["p"] < 0.05:
        return "same"
    return "worse" if row["difference"] > 0 else "better"


def as_text(found: pd.DataFrame) -> str:
    """A line for each method and problem that is not the same, and the counts of all verdicts."""
    lines = []
    for row in found[found["verdict"] != "same"].to_dict("records"):
        m = row["bound_samples"]
        what = f"{row['verdict']:8} {row['method']} on {row['task']} ({row['data']}), {m}-sample bound"
        what += f"; {row['lost']} of its seeds are not done" if row["lost"] else ""
        if row["seeds"]:
            spread = "" if np.isnan(row["low"]) else f" [{row['low']:+.2f}, {row['high']:+.2f}]"
            p = "" if np.isnan(row["p"]) else f", p {row['p']:.3f}"
            what += f": {row['difference']:+.2f}{spread} nats over {row['seeds']} seeds{p}"
        lines.append(what)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in found["verdict"].value_counts().items())
    return "\n".join([*lines, counted]) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results.compare",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", metavar="BASE", type=Path, help="folder with cells")
    parser.add_argument("new", metavar="NEW", type=Path, help="folder with the cells to judge")
    parser.add_argument("--size", type=float, default=0.5, help="smallest difference that matters, nats (0.5)")
    options = parser.parse_args(arguments)
    try:
        base, new = (compare(collect(folder).cells) for folder in (options.base, options.new))
    except NoCells as error:
        print(error, file=sys.stderr)
        return 2
    found = changes(base, new, options.size)
    if found.empty:
        print("no cell is done in either folder", file=sys.stderr)
        return 2
    print(as_text(found), end="")
    return int(found["verdict"].isin(["worse", "lost", "gone"]).any())


if __name__ == "__main__":
    sys.exit(main())
