"""The targets that docs/performance.md sets for the cost of a step: the values measured, and why some are missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd

from results.reading.labels import Label

SHOWN = 8
"""How many of the cells that miss a target are named; the others are in the table."""


class Target(NamedTuple):
    """A limit on a ratio of times.

    Attributes:
        column: the column of the measured frame that has the ratio.
        statement: name and limit in words.
        limit: the maximum, or the minimum with ``at_least``, for one evaluation of the cost.
        reason: what accounts for the time of the cells that miss it.
        estimator: the only estimator that it is set for; all if empty.
        at_least: whether the limit is a minimum.
    """

    column: str
    statement: str
    limit: float
    reason: str
    estimator: str = ""
    at_least: bool = False


ONE = Target(
    "step_by_reference",
    "step / gumbel_softmax with one evaluation of the cost, at most 1.25",
    1.25,
    "in brackets the same ratio for the matrix products alone; the rest is noise and the update of its own networks",
)
SEVERAL = Target(
    "step_by_reference",
    "step / gumbel_softmax with k evaluations, at most 1.1 k",
    1.1,
    "in brackets k and the same ratio for the matrix products alone",
)
HARNESS = Target(
    "harness_share",
    "data and harness, share of a step at most 0.03",
    0.03,
    "in brackets the share of data; images come from memory rather than the cache, and so does the code in between",
)

TARGETS = (
    Target(
        "compiled_by_floor",
        "compiled step / matrix products of gumbel_softmax, at most 1.6",
        1.6,
        "random numbers, softplus of the pixels, loading images, Adam's update of the parameters",
        "gumbel_softmax",
    ),
    Target(
        "compiled_by_step",
        "compiled step / step, at most 0.85",
        0.85,
        "the rest of the step is matrix products and random numbers",
    ),
    Target(
        "compiled_by_careful",
        "compiled step / careful plain script of gumbel_softmax, at most 0.7",
        0.7,
        "both were timed in turn",
        "gumbel_softmax",
    ),
    Target(
        "compiled_by_jax",
        "compiled step / JAX of gumbel_softmax, at most 0.9",
        0.9,
        "both were timed in turn",
        "gumbel_softmax",
    ),
    Target(
        "step_by_floor",
        "step / matrix products of gumbel_softmax, at most 2",
        2.0,
        "besides the products: softplus of the pixels, random numbers, Adam's update of the parameters, about 65 "
        "operators",
        "gumbel_softmax",
    ),
    Target(
        "step_by_tutorial",
        "step / tutorial script of gumbel_softmax, at most 0.75",
        0.75,
        "both were timed in turn",
        "gumbel_softmax",
    ),
    ONE,
    SEVERAL,
    HARNESS,
    Target(
        "bound_by_floor",
        "bound / its matrix products, at most 1.5",
        1.5,
        "besides the products: an exponential and a logarithm per pixel, and random numbers for every code",
    ),
    Target(
        "speed_up_side_by_side",
        "two in parallel / one alone, at least 1.85",
        1.85,
        "the cores share the cache and the memory",
        at_least=True,
    ),
)


class Check(NamedTuple):
    """The value that one cell has for a target."""

    target: Target
    cell: str
    value: float
    met: bool
    details: str

    def __str__(self) -> str:
        return f"{self.cell} {self.value:.3g}{self.details}"


def checks(measured: pd.DataFrame, label: Label = str) -> Iterator[Check]:
    """Target by target, the cells of the measured frame that it applies to and that have the ratio."""
    rows = measured.to_dict("records")
    products = {(row["task"], row["device"]): row["floor_ms"] for row in rows if row["estimator"] == "gumbel_softmax"}
    for target in TARGETS:
        for row in rows:
            value = row.get(target.column)
            if value is None or pd.isna(value) or not _applies(target, row):
                continue
            limit = target.limit * row["cost_evaluations"] if target is SEVERAL else target.limit
            met = value >= limit if target.at_least else value <= limit
            details = _details(target, row, products.get((row["task"], row["device"])))
            yield Check(target, f"{label(row['estimator'])} on {row['task']}", value, met, details)


def notes(measured: pd.DataFrame, label: Label = str) -> list[str]:
    """How many targets are met, and for each that some cells miss: which cells, by how much, and why."""
    every = list(checks(measured, label))
    lines = [f"{sum(check.met for check in every)} of {len(every)} targets are met"]
    for target, group in groupby(every, key=lambda check: check.target):
        cells = list(group)
        missed = sorted(
            (check for check in cells if not check.met), key=lambda check: check.value, reverse=not target.at_least
        )
        if missed:
            more = f"; {len(missed) - SHOWN} more in the table" * (len(missed) > SHOWN)
            named = "; ".join(map(str, missed[:SHOWN])) + more
            lines.append(f"{target.statement}: missed by {len(missed)} of {len(cells)} ({target.reason}): {named}")
    return lines


def _applies(target: Target, row: Mapping[Any, Any]) -> bool:
    if target in (ONE, SEVERAL):
        return (row["cost_evaluations"] == 1) == (target is ONE)
    return target.estimator in ("", row["estimator"])


def _details(target: Target, row: Mapping[Any, Any], products: float | None) -> str:
    """What a reader needs besides the value, in brackets."""
    if target is HARNESS:
        return f" ({row['data_ms'] / row['step_ms']:.3f})"
    if target not in (ONE, SEVERAL) or not products:
        return ""
    ratio = f"{row['floor_ms'] / products:.2f}"
    return f" ({ratio})" if target is ONE else f" ({row['cost_evaluations']:.0f}, {ratio})"
