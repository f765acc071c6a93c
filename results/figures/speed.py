"""Where the time of a training step goes."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from results.figures.style import BLUE, FAINT, GREEN, INK, ORANGE, PINK, SKY
from results.reading.labels import Label
from results.writing.files import file_name

PHASES = {"data": SKY, "forward": BLUE, "backward": GREEN, "optimizer": ORANGE, "harness": PINK}
ROW = 0.27
"""Height of a row, inches."""
CUT = 5
"""Bars longer than so many times the median are cut, and say how long they are."""


def speed_figures(measured: pd.DataFrame, label: Label = str) -> Iterator[tuple[str, Figure]]:
    """One figure a task and device: a bar of phases for each estimator, and a mark at the matrix products alone."""
    for (task, device), rows in measured.groupby(["task", "device"]):
        rows = rows.sort_values("step_ms", ignore_index=True)
        figure = Figure(figsize=(8, ROW * len(rows) + 1.4), layout="constrained")
        axes = figure.subplots()
        whole = rows[[f"{phase}_ms" for phase in PHASES]].sum(axis=1)
        longest = float(whole[whole <= CUT * whole.median()].max())
        left = pd.Series(0.0, index=rows.index)
        for phase, colour in PHASES.items():
            end = (left + rows[f"{phase}_ms"]).clip(upper=longest)
            axes.barh(rows.index, end - left, left=left, height=0.62, color=colour, label=phase)
            left = end
        axes.plot(rows["floor_ms"], rows.index, linestyle="none", marker="|", markersize=11, color=INK, label="floor")
        for row, (ratio, time) in enumerate(zip(rows["step_by_floor"], whole, strict=True)):
            told = f"  {ratio:.1f}x" if time <= longest else f"  {ratio:.1f}x, {time:,.0f} ms"
            axes.text(min(time, longest), row, told, va="center_baseline", fontsize=8, color=FAINT)
        axes.set_yticks(range(len(rows)), rows["estimator"].map(label))
        axes.set(ylim=(len(rows) - 0.4, -0.6), title=str(task), xlabel=f"milliseconds per step on {device}")
        axes.set_xlim(right=1.15 * longest)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
        figure.legend(loc="outside lower center", ncols=len(PHASES) + 1, frameon=False, fontsize=8.5)
        yield file_name("step_times", task, *([] if device == "cpu" else [device])), figure
