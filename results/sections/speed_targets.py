"""What docs/performance.md promises of a step's cost, what it came to, and why where it is missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd

from results.reading.labels import Label

SHOWN = 8
"""Cells that miss a target and are named; the others are in the table."""


class Target(NamedTuple):
    """A ratio that cells are held to.

    Attributes:
        column: of the measured frame.
        statement: its name and its limit.
        limit: at most, or at least, for one evaluation of the cost.
        reason: what a cell spends that misses it.
        at_least: whether it is a minimum.
    """

    column: str
    statement: str
    limit: float
    reason: str
    at_least: bool = False


COMPILED_FLOOR = Target(
    "compiled_by_floor",
    "compiled step / matrix products of gumbel_softmax, at most 1.6",
    1.6,
    "random numbers, softplus of pixels, images, the pass of Adam over the parameters",
)
COMPILED_STEP = Target(
    "compiled_by_step",
    "compiled step / step, at most 0.85",
    0.85,
    "the others are products and random numbers",
)
COMPILED_CAREFUL = Target(
    "compiled_by_careful",
    "compiled step / careful plain script of gumbel_softmax, at most 0.7",
    0.7,
    "the script was timed in the same turns",
)
COMPILED_JAX = Target(
    "compiled_by_jax",
    "compiled step / JAX of gumbel_softmax, at most 0.9",
    0.9,
    "JAX was timed in the same turns",
)
FLOOR = Target(
    "step_by_floor",
    "step / matrix products of gumbel_softmax, at most 2",
    2.0,
    "what is no product: softplus of pixels, random numbers, the pass of Adam over the parameters, some 65 operators",
)
SCRIPT = Target(
    "step_by_tutorial",
    "step / tutorial script of gumbel_softmax, at most 0.75",
    0.75,
    "the script was timed in the same turns",
)
ONE = Target(
    "step_by_reference",
    "step / gumbel_softmax with one evaluation of the cost, at most 1.25",
    1.25,
    "in brackets the same ratio of the matrix products alone; besides, noise and the optimizer pass over own networks",
)
SEVERAL = Target(
    "step_by_reference",
    "step / gumbel_softmax with k evaluations, at most 1.1 k",
    1.1,
    "in brackets k and the same ratio of the matrix products alone",
)
HARNESS = Target(
    "harness_share",
    "data and harness, share of a step at most 0.03",
    0.03,
    "in brackets that of the data; pictures come from memory, not from the cache, and so does the code in between",
)
BOUND = Target(
    "bound_by_floor",
    "bound / its matrix products, at most 1.5",
    1.5,
    "an exponential and a logarithm for each pixel, and random numbers for each code, which are no products",
)
TWO = Target(
    "speed_up_side_by_side",
    "two side by side / one alone, at least 1.85",
    1.85,
    "the cores share the cache and the memory",
    at_least=True,
)

COMPILED = (COMPILED_FLOOR, COMPILED_STEP, COMPILED_CAREFUL, COMPILED_JAX)

TARGETS = (*COMPILED, FLOOR, SCRIPT, ONE, SEVERAL, HARNESS, BOUND, TWO)


class Held(NamedTuple):
    """A target, and what one cell came to."""

    target: Target
    cell: str
    found: float
    met: bool
    beside: str

    def __str__(self) -> str:
        return f"{self.cell} {self.found:.3g}{self.beside}"


def held(measured: pd.DataFrame, label: Label = str) -> Iterator[Held]:
    """Target by target, each cell of the measured frame that has the number and that it is about."""
    rows = measured.to_dict("records")
    products = {(row["task"], row["device"]): row["floor_ms"] for row in rows if row["estimator"] == "gumbel_softmax"}
    for target in TARGETS:
        for row in rows:
            found = row.get(target.column)
            if found is None or pd.isna(found) or not _is_about(target, row):
                continue
            limit = target.limit * row["cost_evaluations"] if target is SEVERAL else target.limit
            met = found >= limit if target.at_least else found <= limit
            beside = _beside(target, row, products.get((row["task"], row["device"])))
            yield Held(target, f"{label(row['estimator'])} on {row['task']}", found, met, beside)


def notes(measured: pd.DataFrame, label: Label = str) -> list[str]:
    """How many targets are met, and for each that is missed by some cells: which, by how much, and why."""
    all_held = list(held(measured, label))
    lines = [f"{sum(one.met for one in all_held)} of {len(all_held)} targets are met"]
    for target, group in groupby(all_held, key=lambda one: one.target):
        cells = list(group)
        missed = sorted((one for one in cells if not one.met), key=lambda one: one.found, reverse=not target.at_least)
        if missed:
            more = f"; {len(missed) - SHOWN} more in the table" * (len(missed) > SHOWN)
            named = "; ".join(map(str, missed[:SHOWN])) + more
            lines.append(f"{target.statement}: missed by {len(missed)} of {len(cells)} ({target.reason}): {named}")
    return lines


def _is_about(target: Target, row: Mapping[Any, Any]) -> bool:
    if target in (FLOOR, SCRIPT, COMPILED_FLOOR, COMPILED_CAREFUL, COMPILED_JAX):
        return row["estimator"] == "gumbel_softmax"
    if target in (ONE, SEVERAL):
        return (row["cost_evaluations"] == 1) == (target is ONE)
    return True


def _beside(target: Target, row: Mapping[Any, Any], products: float | None) -> str:
    if target is HARNESS:
        return f" ({row['data_ms'] / row['step_ms']:.3f})"
    if target not in (ONE, SEVERAL) or not products:
        return ""
    ratio = f"{row['floor_ms'] / products:.2f}"
    return f" ({ratio})" if target is ONE else f" ({row['cost_evaluations']:.0f}, {ratio})"
