"""The statistics of a comparison: intervals and paired differences on each problem, and what holds across problems."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from results.comparison import Comparison, Problem
from results.files import replacing
from results.statistics import (
    Interval,
    average_ranks,
    differences,
    improvement,
    normalised,
    stratified_interval,
    summary,
)
from results.statistics.paired import FEWEST
from results.table import done

CAPTION = (
    "Negative bounds on the test set in nats, lower is better, with 95 % percentile bootstrap intervals "
    "over seeds. Difference: to the method with the lowest mean, seed by seed; p: Wilcoxon signed-rank "
    f"test, corrected after Holm for the number of methods; none below {FEWEST} seeds, where no difference "
    "can be significant and an interval is little more than the range of the seeds."
)

ACROSS = (
    "Normalised: 1 at the best mean of each problem and 0 at its worst, interquartile mean over problems "
    "and seeds with a 95 % interval that resamples seeds within problems. Rank: mean over problems and "
    "seeds, 1 the best. Improvement: probability of a lower bound than the first method's on a problem "
    "drawn at random. Cells that are not done count as the worst mean of their problem; coverage says how "
    "many are."
)


def statistics(comparison: Comparison) -> pd.DataFrame:
    """One row per problem and method: mean, median, interquartile mean and difference to the best, with intervals."""
    rows: list[dict[str, Any]] = []
    for problem in comparison.problems:
        scores = scores_by_seed(comparison, problem)
        if not scores:
            continue
        most = max(len(by_seed) for by_seed in scores.values())
        best = min(scores, key=lambda method: (len(scores[method]) < most, np.mean(list(scores[method].values()))))
        gaps = differences(scores, best)
        for method, by_seed in scores.items():
            row: dict[str, Any] = {**problem._asdict(), "method": method, "seeds": len(by_seed)}
            for name, found in summary(list(by_seed.values())).items():
                row |= _spread(name.replace(" ", "_"), found)
            if method in gaps:
                gap = gaps[method]
                row |= {"best": best, "paired_seeds": gap.seeds, **_spread("difference", gap.mean), "p": gap.p}
            rows.append(row)
    found = pd.DataFrame(rows)
    return found if found.empty else found.sort_values([*Problem._fields, "mean"], ignore_index=True)


def scores_by_seed(comparison: Comparison, problem: Problem) -> dict[str, dict[int, float]]:
    """The test bounds of the cells that are done, by method and seed."""
    cells = done(comparison.on(problem)).dropna(subset="negative_bound")
    return {
        str(method): dict(zip(group["seed"].astype(int), group["negative_bound"].astype(float), strict=True))
        for method, group in cells.groupby("method")
    }


@dataclass(frozen=True)
class Grid:
    """The methods that have a cell on every problem.

    Attributes:
        methods: their labels.
        scores: test bounds ``[methods, problems, seeds]``, NaN where a cell is not done.
        normalised: the same, 1 at the best mean of a problem and 0 at the worst, and where a cell is not done.
    """

    methods: list[str]
    scores: NDArray[np.float64]
    normalised: NDArray[np.float64]


def score_grid(comparison: Comparison) -> Grid | None:
    """The grid of a comparison; None with fewer than two problems or methods that have a cell on each."""
    problems = [problem for problem in comparison.problems if scores_by_seed(comparison, problem)]
    methods = [
        str(method)
        for method, cells in comparison.cells.groupby("method")
        if {Problem(*found) for found in cells["problem"]} >= set(problems)
    ]
    if len(problems) < 2 or len(methods) < 2:
        return None
    seeds = sorted(int(seed) for seed in comparison.cells["seed"].dropna().unique())
    scores = np.full((len(methods), len(problems), len(seeds)), np.nan)
    for j, problem in enumerate(problems):
        by_method = scores_by_seed(comparison, problem)
        for i, method in enumerate(methods):
            for seed, bound in by_method.get(method, {}).items():
                scores[i, j, seeds.index(seed)] = bound
    means = np.nanmean(np.where(np.isnan(scores).all(2, keepdims=True), np.inf, scores), axis=2)
    worst = np.max(np.where(np.isinf(means), -np.inf, means), axis=0)
    return Grid(methods, scores, normalised(scores, baseline=worst, best=means.min(axis=0)))


def across(comparison: Comparison) -> pd.DataFrame:
    """One row per method that has a cell on every problem, the best first; empty with fewer than two problems."""
    grid = score_grid(comparison)
    if grid is None:
        return pd.DataFrame()
    ranks = average_ranks(grid.scores)
    order = np.argsort(ranks, kind="stable")
    first = grid.scores[order[0]]
    return pd.DataFrame(
        {
            "method": grid.methods[i],
            "coverage": f"{np.isfinite(grid.scores[i]).sum()}/{grid.scores[i].size}",
            **_spread("normalised", stratified_interval(grid.normalised[i])),
            "rank": ranks[i],
            "improvement": improvement(grid.scores[i], first),
        }
        for i in order
    )


def _spread(name: str, found: Interval) -> dict[str, float]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


@dataclass(frozen=True)
class Statistics:
    """``problems``: :func:`statistics`; ``across``: :func:`across`, which may be empty."""

    problems: pd.DataFrame
    across: pd.DataFrame

    def write(self, folder: Path) -> list[Path]:
        """Writes ``statistics.csv``, ``across.csv`` where there is more than one problem, and ``statistics.md``."""
        frames = {"statistics.csv": self.problems} | ({} if self.across.empty else {"across.csv": self.across})
        for name, frame in frames.items():
            with replacing(folder / name) as path:
                frame.to_csv(path, index=False)
        with replacing(folder / "statistics.md") as path:
            path.write_text(as_markdown(self.problems, self.across), encoding="utf-8")
        return [*(folder / name for name in frames), folder / "statistics.md"]


def decimals(frame: pd.DataFrame) -> dict[str, int]:
    """Of the columns of numbers of either frame."""
    return {
        name: 3 if name == "p" else 0 if name in ("seeds", "paired_seeds", "bound_samples") else 2
        for name in map(str, frame)
    }


def describe(comparison: Comparison) -> Statistics | None:
    """The statistics of a comparison; None where there is one seed, or nothing that is done."""
    if comparison.cells["seed"].nunique() < 2:
        return None
    found = statistics(comparison)
    return None if found.empty else Statistics(found, across(comparison))


def as_markdown(found: pd.DataFrame, overall: pd.DataFrame) -> str:
    parts = []
    for (task, data, samples), group in found.groupby(["task", "data", "bound_samples"], dropna=False):
        rows = [["method", "seeds", "mean", "median", "interquartile mean", "difference", "p"]]
        for _, row in group.sort_values("mean").iterrows():
            spreads = [_words(row, name) for name in ("mean", "median", "interquartile_mean", "difference")]
            p = "" if pd.isna(row.get("p")) else f"{row['p']:.3f}"
            rows.append([str(row["method"]), str(row["seeds"]), *spreads, p])
        parts.append(f"### {task}, {data}, {samples}-sample bound\n\n{_table(rows)}")
    parts.append(CAPTION)
    if not overall.empty:
        rows = [["method", "coverage", "normalised", "rank", "improvement"]]
        for _, row in overall.iterrows():
            rows.append(
                [
                    row["method"],
                    row["coverage"],
                    _words(row, "normalised"),
                    f"{row['rank']:.2f}",
                    f"{row['improvement']:.2f}",
                ]
            )
        parts += [f"### Across problems\n\n{_table(rows)}", ACROSS]
    return "\n\n".join(parts) + "\n"


def _words(row: pd.Series, name: str) -> str:
    """``130.52 [130.10, 131.02]``."""
    if pd.isna(row.get(name)):
        return ""
    interval = "" if pd.isna(row[f"{name}_low"]) else f" [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]"
    return f"{row[name]:.2f}{interval}"


def _table(rows: list[list[str]]) -> str:
    lines = [[word.replace("|", r"\|").replace("_", r"\_") for word in row] for row in rows]
    rule = [":--", *["--:"] * (len(rows[0]) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [lines[0], rule, *lines[1:]])
