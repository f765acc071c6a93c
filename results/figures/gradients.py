"""Figure of the gradient probe."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from results.figures.style import look
from results.reading.labels import Label


def trade_offs(title: str, group: pd.DataFrame, label: Label = str) -> Figure:
    """Bias against variance, and mean squared error against time.

    Args:
        title: what the rows have in common.
        group: a row per method, setting and temperature.
        label: what readers call an estimator.
    """
    figure = Figure(figsize=(9.5, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    handles = []
    # One line a method and setting: marks of another setting are another method's, as it were, with the same look.
    for (estimator, setting), rows in group.groupby(["estimator", "setting"]):
        rows = rows[rows["mse"] > 0].sort_values("temperature")  # exact estimators are not on a logarithmic axis
        if len(rows) == 0:
            continue
        how = look(str(estimator))
        drawn: dict[str, Any] = {**how.mark, "markersize": 6, "color": how.colour, "linewidth": 0.9}
        found = rows["bias_low"] > 0
        interval = [
            (rows["bias"] - rows["bias_low"]).where(found, 0),
            (rows["bias_high"] - rows["bias"]).where(found, 0),
        ]
        left.errorbar(rows["bias"].where(found, 0), rows["variance"], xerr=interval, elinewidth=0.9, **drawn)
        right.plot(rows["microseconds"], rows["mse"], **drawn)
        if label(str(estimator)) not in {handle.get_label() for handle in handles}:
            handles.append(Line2D([], [], linestyle="none", label=label(str(estimator)), markersize=6, **how.mark))
        if setting:
            last = rows.iloc[-1]
            for axes, x, y in ((left, last["bias"] * found.iloc[-1], "variance"), (right, last["microseconds"], "mse")):
                axes.annotate(
                    str(setting), (x, last[y]), (5, 3), textcoords="offset points", fontsize=7, color=how.colour
                )
    left.set(yscale="log", xlabel="relative bias |E d| / |g|, 95% interval", ylabel="relative variance tr Cov / |g|²")
    left.set_ylim(bottom=0.01 * group.loc[group["mse"] > 0, "mse"].min())  # below, a gradient has vanished
    left.annotate(
        "0: no bias found", (0, 1), (4, -2), left.get_xaxis_transform(), "offset points", va="top", fontsize=8
    )
    right.set(
        xscale="log",
        yscale="log",
        xlabel="time per estimate (µs), median of its measurements",
        ylabel="relative mean squared error",
    )
    right.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    right.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    right.xaxis.set_minor_formatter(NullFormatter())
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=10)
    figure.legend(handles=handles, loc="outside right center", frameon=False, fontsize=8)
    figure.supxlabel(
        "joined marks: one estimator, with one setting, at several temperatures", fontsize=8.5, x=0.01, ha="left"
    )
    return figure
