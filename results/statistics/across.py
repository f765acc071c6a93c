"""Methods across tasks, whose scores have different scales.

Scores come as ``[methods, tasks, seeds]``, lower is better. NaN is a seed that is not there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from results.statistics.single import RESAMPLES, SEED, Interval, Statistic, interquartile_mean

Scores = NDArray[np.float64]


def normalised(scores: Scores, baseline: NDArray[np.float64], best: NDArray[np.float64]) -> Scores:
    """1 at the best score of each task, 0 at its baseline, linear between and beyond: ``[methods, tasks, seeds]``.

    Missing seeds count as the baseline.

    Args:
        scores: lower is better.
        baseline, best: ``[tasks]``, baseline above best.
    """
    scale = (baseline - best)[:, None]
    return np.where(np.isnan(scores), 0.0, (baseline[:, None] - scores) / scale)


def stratified_interval(values: Scores, statistic: Statistic = interquartile_mean) -> Interval:
    """A statistic of one method's normalised scores ``[tasks, seeds]``, resampling seeds within each task.

    Agarwal et al. 2021, section 4.1: the tasks are the ones that are there, only the seeds are random.
    """
    tasks, seeds = values.shape
    drawn = np.random.default_rng(SEED).integers(seeds, size=(RESAMPLES, tasks, seeds))
    resampled = np.take_along_axis(values[None], drawn, axis=2)
    low, high = np.quantile(statistic(resampled.reshape(RESAMPLES, -1), axis=-1), [0.025, 0.975])
    return Interval(float(statistic(values.ravel(), axis=-1)), float(low), float(high))


def average_ranks(scores: Scores) -> NDArray[np.float64]:
    """Mean rank of every method over tasks and seeds, 1 the best, ties sharing theirs: ``[methods]``.

    A missing seed has the last rank. Demšar 2006, *Statistical comparisons of classifiers over multiple data sets*.
    """
    ranked = stats.rankdata(np.where(np.isnan(scores), np.inf, scores), axis=0)
    return ranked.mean(axis=(1, 2))


def performance_profile(values: Scores, thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of a method's normalised scores ``[tasks, seeds]`` that are above each threshold: ``[thresholds]``.

    Dolan & Moré 2002; Agarwal et al. 2021, section 4.2.
    """
    return (values[..., None] > thresholds).mean(axis=(0, 1))


def improvement(one: Scores, other: Scores) -> float:
    """Probability that the first method beats the second on a task drawn at random: scores ``[tasks, seeds]`` each.

    The Mann-Whitney statistic of each task over n m, ties counting half, averaged over tasks (Agarwal et al. 2021,
    section 4.4).
    """
    wins = [
        (np.less.outer(a, b) + 0.5 * np.equal.outer(a, b)).mean()
        for a, b in zip(np.where(np.isnan(one), np.inf, one), np.where(np.isnan(other), np.inf, other), strict=True)
    ]
    return float(np.mean(wins))
