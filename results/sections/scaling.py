"""The cost of a training step as a number in the configuration grows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from results.experiment import SCALING, Experiment
from results.figures.scaling import scaling_figures
from results.reading.collect import Results
from results.reading.compute import compute_line
from results.reading.labels import Label
from results.reading.lines import read_lines
from results.reading.order import sorted_by
from results.sections.section import Section
from results.writing.columns import STEPS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import Marked, Table, in_digits
from runners.cells.record import ScalingLine

REFERENCE = "enumeration"
"""The estimator that marginalises exactly; the speed of the others is given as a multiple of its speed."""

SHORT = {
    "out of memory": "memory",
    "too slow": "slow",
    "not tried": "–",  # noqa: RUF001 - what tables have in empty places
    "does not apply": "n/a",
}
"""How a table writes outcomes other than a number."""

STOPPED = ("out of memory", "too slow")
"""The outcomes that end the measurements of a method."""

CAPTION = (
    "Times are medians over complete updates; speed-up: the ratio of steps per second. memory, slow: stopped at the "
    "limit of memory or time (column reason of scaling.csv); –: not tried, since a smaller value was stopped; "  # noqa: RUF001
    "n/a: the method does not apply."
)

COLUMNS: Columns = {
    "along": Column("string", "the key of the configuration that grows"),
    "value": Column("integer", "value of that key"),
    "outcome": Column("string", "measured, or why not"),
    "reason": Column("string", "why not, in full"),
    "milliseconds": Column("number", "median time of a complete update", "ms"),
    "peak_mb": Column("number", "peak memory of the measuring process above its memory at the start", "MB"),
    "steps": Column("integer", "steps that were timed", STEPS),
    "speed_up": Column("number", "time of enumeration over this time, at the same value"),
}


def section(experiment: Experiment) -> Section | None:
    of_scaling, unreadable = experiment.of(SCALING), list[str]()
    measured = scaling(of_scaling, unreadable)
    if measured.empty:
        return Section.of_notes("scaling", "Cost of a step", unreadable)
    data = {"scaling": Data(measured, COLUMNS, ("csv", "parquet"))}
    notes = [*unreadable, *filter(None, [compute_line(of_scaling.cells)])]
    tables = [replace(table, notes=notes) for table in scaling_tables(measured, experiment.label)]
    figures, found = scaling_figures(measured, experiment.label), list(at_the_end(measured, experiment.label))
    return Section("scaling", "Cost of a step", tables, figures, data, printed=True, found=found)


def scaling(results: Results, notes: list[str]) -> pd.DataFrame:
    """One row per estimator, task, data and value, with :data:`COLUMNS`; empty if nothing was measured.

    ``speed_up`` is the speed as a multiple of that of :data:`REFERENCE`. A note is added for each unreadable line.
    """
    rows = []
    for cell in results.cells.itertuples():
        names = {name: getattr(cell, name) for name in ("estimator", "method", "setting", "task", "data")}
        lines = read_lines(results.folder / str(cell.folder) / "scaling.jsonl", ScalingLine, notes)
        rows += [{**names, **line} for line in lines]
    if not rows:
        return pd.DataFrame()
    numbers: dict[str, float | str | None] = {"milliseconds": float("nan"), "peak_mb": float("nan"), "reason": None}
    measured = pd.DataFrame([numbers | row for row in rows])
    place = ["task", "data", "along", "value"]
    reference = measured[measured["estimator"] == REFERENCE].drop_duplicates(place).set_index(place)["milliseconds"]
    of_reference = reference.reindex(pd.MultiIndex.from_frame(measured[place])).to_numpy()
    measured["speed_up"] = of_reference / measured["milliseconds"]
    return sorted_by(measured, *place[:3], "estimator", "value")


def scaling_tables(measured: pd.DataFrame, label: Label = str) -> list[Table]:
    """Three tables per task, methods by values: time of a step, speed-up over :data:`REFERENCE`, peak memory."""
    tables = []
    for where, last, group in _places(measured, label):
        tables.append(_titled(group, f"{where}: milliseconds per step against {last}", "milliseconds"))
        others = group[group["estimator"] != REFERENCE]
        if others["speed_up"].notna().any():
            tables.append(_titled(others, f"{where}: speed-up over {label(REFERENCE)} against {last}", "speed_up"))
        tables.append(_titled(group, f"{where}: peak memory in MB against {last}", "peak_mb"))
    return tables


def at_the_end(measured: pd.DataFrame, label: Label = str) -> Iterator[str]:
    """For each task the cheapest step at the largest value that was measured, and what stopped before it, and why."""
    for where, last, group in _places(measured, label):
        reached = group[group["outcome"] == "measured"]
        if reached.empty:
            continue
        largest = reached["value"].max()
        there = reached[reached["value"] == largest].sort_values("milliseconds")
        first = there.iloc[0]
        time = in_digits(first["milliseconds"], 0 if first["milliseconds"] >= 100 else 1)
        sentence = f"{where}: of {len(there)} methods with {last}={largest:,}, {first['name']} has the cheapest step, "
        sentence += f"{time} ms."
        stopped = group[group["outcome"].isin(STOPPED)].drop_duplicates("name")
        if len(stopped):
            ends = zip(stopped["name"], stopped["value"], stopped["outcome"], strict=True)
            sentence += f" Stopped: {', '.join(f'{name} at {value:,} ({why})' for name, value, why in ends)}."
        yield sentence


def named(measured: pd.DataFrame, label: Label) -> pd.DataFrame:
    """The frame of :func:`scaling` with the column ``name``: methods, with their settings if they have several."""
    names = zip(measured["method"].map(label), measured["setting"], strict=True)
    return measured.assign(name=[", ".join(filter(None, parts)) for parts in names])


def table_of(group: pd.DataFrame, column: str) -> Table:
    """A column of :func:`named` rows of one task and one key that grows: methods by values of the key."""
    cells = {
        (row.name, row.value): _entry(getattr(row, column), str(row.outcome)) for row in group.itertuples(index=False)
    }
    # Methods that reached the largest value come first, the fastest of them on top.
    reached = group[group["outcome"] == "measured"].sort_values("value").groupby("name").last()
    reached = reached.reindex(group["name"].unique()).sort_values(["value", "milliseconds"], ascending=[False, True])
    values = sorted(group["value"].unique())
    rows = [
        {"method": name} | {f"{value:,}": cells.get((name, value), "") for value in values} for name in reached.index
    ]
    return Table(pd.DataFrame(rows, dtype=object))


def _titled(group: pd.DataFrame, title: str, column: str) -> Table:
    return replace(table_of(group, column), title=title, description=CAPTION)


def _places(measured: pd.DataFrame, label: Label) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """For each task and data set, its name, the last part of the key that grows, and its rows with names of methods."""
    for place, group in named(measured, label).groupby(["task", "data", "along"], sort=False):
        task, data, along = map(str, place)
        where = task if measured["data"].nunique() == 1 else f"{task} ({data})"
        yield where, along.rpartition(".")[2], group


def _entry(number: float, outcome: str) -> str | Marked:
    """A number with three significant digits, or the outcome in a word."""
    if outcome != "measured":
        return SHORT[outcome]
    if pd.isna(number):
        return ""
    return Marked(f"{number:,.0f}" if number >= 100 else f"{number:.3g}", number=float(number))
