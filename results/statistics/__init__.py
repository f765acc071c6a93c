"""Statistics of scores over seeds and over tasks. Scores are such that lower is better, as negative bounds are."""

from results.statistics.across import (
    average_ranks,
    improvement,
    normalised,
    performance_profile,
    stratified_interval,
)
from results.statistics.paired import Difference, differences, holm
from results.statistics.single import Interval, interquartile_mean, interval, summary

__all__ = [
    "Difference",
    "Interval",
    "average_ranks",
    "differences",
    "holm",
    "improvement",
    "interquartile_mean",
    "interval",
    "normalised",
    "performance_profile",
    "stratified_interval",
    "summary",
]
