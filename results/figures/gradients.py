"""Figure of the gradient probe."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from results.figures.looks import Look, look
from results.figures.scale import round_numbers, spread
from results.figures.style import FAINT, INK, PAGE, ROW, SMALL
from results.reading.labels import Label

TEMPERATURES = 0.13
"""Height of the temperatures above the marks of a row, inches."""

APART = 0.1
"""Width of a temperature, as a fraction of the panel's width."""

VANISHED = 0.01
"""A variance below this fraction of the smallest mean squared error is that of a gradient that has vanished."""

PANELS = {"mse": "mean squared error / |g|²", "bias": "bias / |g|, 95 % interval", "variance": "variance / |g|²"}
"""The columns that are drawn, and the labels of their axes."""

Rows = dict[Hashable, pd.DataFrame]


def trade_offs(title: str, group: pd.DataFrame, label: Label = str) -> Figure:
    """Mean squared error, bias and variance of each method, the smallest error on top, and its cost evaluations.

    The marks of a method and setting at several temperatures are joined, with the lowest and the highest temperature
    above theirs.

    Args:
        title: what the rows have in common.
        group: one row per method, setting and temperature.
        label: gives the label of an estimator.
    """
    found: Rows = {name: rows.sort_values("temperature") for name, rows in group.groupby(["estimator", "setting"])}
    found = dict(sorted(found.items(), key=lambda each: each[1]["mse"].min()))
    heights = np.array([ROW + TEMPERATURES * (len(rows) > 1) for rows in found.values()])
    places = dict(zip(found, np.cumsum(heights) - ROW / 2, strict=True))
    figure = Figure(figsize=(PAGE, heights.sum() + 0.95), layout="constrained")
    panels = dict(zip(PANELS, figure.subplots(1, len(PANELS), sharey=True), strict=True))
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    limits = _limits(panels, group)
    for name, rows in found.items():
        for column, axes in panels.items():
            _draw(axes, column, rows, places[name], look(str(rows["estimator"].iloc[0])), limits[column])
        _cost(panels["variance"], rows, places[name])
    first = panels["mse"]
    first.set_yticks(list(places.values()), [_name(rows.iloc[0], label) for rows in found.values()])
    first.set_ylim(heights.sum() + 0.03, -0.03)
    panels["variance"].annotate("codes", (1.02, 1), (0, 4), "axes fraction", "offset points", color=INK)
    vanished = bool((group["variance"].between(0, limits["variance"][0], inclusive="neither")).any())
    several = any(len(rows) > 1 for rows in found.values())
    notes = ["g: exact gradient; codes: cost evaluations per estimate; bias at 0: not significant"]
    notes += ["lines join the temperatures of a method, of which the lowest and the highest are written"] * several
    beyond = ["marks on the left edge lie beyond it"] * vanished
    beyond += ["arrow: the interval is wider than the panel"] * bool((group["bias_high"] > limits["bias"][1]).any())
    notes += ["; ".join(beyond)] * bool(beyond)
    figure.supxlabel("\n".join(notes), fontsize=SMALL, color=INK)
    return figure


def _name(row: pd.Series, label: Label) -> str:
    """The label of the estimator, with its setting if there is one."""
    name = label(str(row["estimator"]))
    return f"{name}, {row['setting']}" if row["setting"] else name


def _limits(panels: dict[str, Axes], group: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Sets and returns the limits of the panels; those of errors are logarithmic and exclude vanished gradients."""
    errors = group.loc[group["mse"] > 0, "mse"]
    limits = {"bias": (0.0, 1.08 * max(float(group["bias"].where(group["bias_low"] > 0, 0).max()), 0.05))}
    for column in ("mse", "variance"):
        known = group[column][group[column] > VANISHED * errors.min()] if len(errors) else errors
        limits[column] = (known.min() / 1.6, known.max() * 1.6) if len(known) else (0.1, 1.0)
    for column, axes in panels.items():
        axes.set(xlim=limits[column], xlabel=PANELS[column])
        axes.tick_params(axis="y", length=0)
        if column == "bias":
            axes.set_xlim(left=-0.05 * limits["bias"][1])
            axes.xaxis.set_major_locator(round_numbers(4))
        else:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(numticks=5))
    return limits


def _draw(axes: Axes, column: str, rows: pd.DataFrame, y: float, how: Look, limits: tuple[float, float]) -> None:
    """Draws the marks of one method in one panel; marks outside the limits are drawn at the edge."""
    values = rows[column].where(rows["bias_low"] > 0, 0) if column == "bias" else rows[column]
    if column != "bias" and not (values > 0).any():
        axes.text(
            0.02,
            y,
            "exact" if column == "mse" else "none",
            transform=axes.get_yaxis_transform(),
            va="center_baseline",
            color=FAINT,
        )
        return
    shown = values.clip(*limits)
    drawn: dict[str, Any] = {**how.mark, "color": how.colour, "linewidth": 0.8, "zorder": 3, "clip_on": False}
    axes.plot(shown, np.full(len(rows), y), **drawn)
    if column == "bias":
        ends = rows[["bias_low", "bias_high"]].clip(*limits)
        axes.hlines([y] * len(rows), ends["bias_low"], ends["bias_high"], color=how.colour, linewidth=2.4, alpha=0.3)
        if (rows["bias_high"] > limits[1]).any():
            axes.plot(limits[1], y, ">", color=how.colour, markersize=3.5, clip_on=False)
    if len(rows) > 1:
        _write_temperatures(axes, shown.iloc[[0, -1]], rows["temperature"].iloc[[0, -1]], y)


def _write_temperatures(axes: Axes, values: pd.Series, temperatures: pd.Series, y: float) -> None:
    """Writes the temperatures above the marks of one row, without overlap."""
    to_axes = axes.transData + axes.transAxes.inverted()
    at = [float(to_axes.transform((value, y))[0]) for value in values]
    for place, temperature in zip(spread(at, APART, low=APART / 2, high=1 - APART / 2), temperatures, strict=True):
        where = (axes.get_yaxis_transform(), "offset points")
        axes.annotate(f"{temperature:g}", (place, y), (0, 3.5), *where, ha="center", color=FAINT)


def _cost(axes: Axes, rows: pd.DataFrame, y: float) -> None:
    codes = rows["cost_evaluations"].median()
    axes.text(
        1.02,
        y,
        f"{codes:,.0f}" if pd.notna(codes) else "",
        transform=axes.get_yaxis_transform(),
        va="center_baseline",
        color=INK,
    )
