"""The time of a training step and of its phases."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from results.figures.draw import file_name
from results.figures.looks import BLUE, GREEN, ORANGE, PINK, SKY
from results.figures.style import INK, PAGE, ROW, SMALL
from results.reading.labels import Label

PHASES = {"data": SKY, "forward": BLUE, "backward": GREEN, "optimizer": ORANGE, "harness": PINK}

CUT = 5
"""Bars longer than this many times the median are cut, and labelled with their length."""


def speed_figures(measured: pd.DataFrame, label: Label = str) -> Iterator[tuple[str, Figure]]:
    """One figure per task and device: a bar for the time of each estimator's step, and a mark for its matrix products.

    Phases and whole steps are timed separately, so a bar is divided in proportion to the times of the phases. The mark
    is at the time of the step divided by the median ratio, which is written next to the bar.
    """
    for (task, device), rows in measured.groupby(["task", "device"], sort=False):
        rows = rows.sort_values("step_ms", ignore_index=True)
        figure = Figure(figsize=(PAGE, ROW * len(rows) + 0.85), layout="constrained")
        axes = figure.subplots()
        step, phases = rows["step_ms"], rows[[f"{phase}_ms" for phase in PHASES]]
        shares = phases.div(phases.sum(axis=1), axis=0)
        longest = float(step[step <= CUT * step.median()].max())
        left = pd.Series(0.0, index=rows.index)
        for phase, colour in PHASES.items():
            end = (left + shares[f"{phase}_ms"] * step).clip(upper=longest)
            axes.barh(rows.index, end - left, left=left, height=0.62, color=colour, label=phase)
            left = end
        floor = step / rows["step_by_floor"]
        floor = floor.where(floor <= longest)
        axes.plot(floor, rows.index, linestyle="none", marker="|", markersize=8, color=INK, label="products alone")
        for row, (ratio, time) in enumerate(zip(rows["step_by_floor"], step, strict=True)):
            cut = "→ " if time > longest else ""
            text = f"  {cut}{time:,.{0 if time >= 100 else 1}f} ms, {ratio:.1f} × products"  # noqa: RUF001
            axes.text(min(time, longest), row, text, va="center_baseline")
        axes.set_yticks(range(len(rows)), rows["estimator"].map(label))
        axes.set(
            ylim=(len(rows) - 0.4, -0.6), title=str(task), xlabel=f"milliseconds per step on {str(device).upper()}"
        )
        axes.set_xlim(right=1.3 * longest)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
        figure.legend(loc="outside lower center", ncols=len(PHASES) + 1, fontsize=SMALL, handlelength=1.2)
        yield file_name("step_times", task, *([] if device == "cpu" else [device])), figure
