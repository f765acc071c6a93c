"""The gradient probe's measurements: bias, variance and cost."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from results.experiment import PROBE, Experiment
from results.figures.draw import file_name
from results.figures.gradients import trade_offs
from results.reading.collect import Results
from results.reading.compute import compute_line
from results.reading.duplicates import without_duplicates
from results.reading.labels import Label
from results.reading.lines import read_lines
from results.reading.order import sorted_by
from results.reading.statuses import DONE
from results.sections.section import Section
from results.statistics.intervals import t_interval
from results.writing.columns import NATS, SEEDS, STEPS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import Table, filled
from runners.cells.record import ProbeLine

METHOD = ["method", "setting", "temperature"]
"""There is one row for each combination of these; it averages over seeds alone."""

PLACE = ["task", "data", "conditions", "stage", "target"]
"""There is one table for each combination of these."""

WITHIN = [*PLACE, "seed"]
"""Measurements that agree in these may be of one method under two names."""

COLUMNS: Columns = {
    "cell": Column("string", "id, as in cells"),
    "stage": Column("integer", "steps of training before the measurement", STEPS),
    "temperature": Column("number", "temperature of the measurement, for estimators with a temperature schedule"),
    "target": Column("string", "logits or encoder: the parameters whose gradient is estimated"),
    "bias": Column("number", "norm of the mean error over the norm of the exact gradient", "", 3),
    "variance": Column("number", "trace of the covariance over the squared norm of the exact gradient", "", 3),
    "mse": Column("number", "mean squared error over the squared norm of the exact gradient", "", 3, ("MSE",)),
    "cosine": Column("number", "mean cosine similarity of a single estimate with the exact gradient", "", 3),
    "wrong_way": Column(
        "number", "share of estimates with a negative inner product with the exact gradient", "", 3, ("uphill",)
    ),
    "exact_norm": Column("number", "norm of the exact gradient", NATS),
    "draws": Column("integer", "independent estimates per image"),
    "cost_evaluations": Column(
        "integer", "codes per image at which the cost is evaluated for one estimate", "", 0, ("evaluations",)
    ),
    "microseconds": Column("number", "time of one estimate for one image", "µs", 1, ("µs",)),
    "same_as": Column("string", "the estimator that this one coincides with on this task"),
    "seeds": Column("integer", "seeds measured", SEEDS),
}

CAPTION = (
    "Accuracy of a single estimate (one draw per image), with error d, relative to the exact gradient g: bias "
    "|E d| / |g| with its 95 % interval (for one seed from the jackknife over draws, for several seeds a t-interval "
    "over seeds); variance tr Cov / |g|^2; MSE E |d|^2 / |g|^2; mean cosine similarity with g; uphill: share of "
    "estimates with a negative inner product with g; cost evaluations per image; time per image, the median over all "
    "measurements of the method on the task, since neither temperature nor stage changes what is computed."
)


def section(experiment: Experiment) -> Section | None:
    of_probe, unreadable = experiment.of(PROBE), list[str]()
    measured = gradients(of_probe, unreadable)
    if measured.empty:
        return Section.of_notes("gradients", "Gradients", unreadable)
    summary, duplicates = over_seeds(measured, experiment.label)
    notes = [*unreadable, *duplicates, *filter(None, [compute_line(of_probe.cells)])]
    data = {"gradients": Data(measured, COLUMNS, ("csv", "parquet"))}
    tables, figures = gradient_tables(summary, notes, experiment.label), _figures(summary, experiment.label)
    found = list(smallest_errors(summary, experiment.label))
    return Section("gradients", "Gradients", tables, figures, data, printed=True, found=found)


def gradients(results: Results, notes: list[str]) -> pd.DataFrame:
    """One row per measurement of the probe: :data:`PLACE`, :data:`METHOD`, seed, and the entries of
    ``runners.cells.record.Accuracy``; empty if there was no probe. A note is added for each unreadable line."""
    cells = results.cells[results.cells["status"] == DONE]
    names = ["cell", "estimator", "method", "setting", "task", "data", "conditions", "seed"]
    rows = [
        {**{name: getattr(cell, name) for name in names}, **line}
        for cell in cells.itertuples()
        for line in read_lines(results.folder / str(cell.folder) / "probe.jsonl", ProbeLine, notes)
    ]
    return sorted_by(pd.DataFrame(rows), "task", "stage", "target", "mse") if rows else pd.DataFrame()


def over_seeds(measured: pd.DataFrame, label: Label = str) -> tuple[pd.DataFrame, list[str]]:
    """Means over seeds, one row per :data:`PLACE` and :data:`METHOD`, in each place by MSE; and notes."""
    measured, notes = without_duplicates(measured, WITHIN, label)
    timed = ["task", "data", "conditions", "method", "setting"]
    measured = measured.assign(microseconds=measured.groupby(timed, dropna=False)["microseconds"].transform("median"))
    rows = []
    for names, group in measured.groupby([*PLACE, *METHOD], dropna=False, sort=False):
        averaged = ["variance", "mse", "cosine", "wrong_way", "cost_evaluations", "microseconds"]
        means = group[[name for name in averaged if name in group]].astype(float).mean()
        if len(group) > 1:
            bias, low, high = t_interval(group["bias"])
        else:
            bias, low, high = (float(group[name].iloc[0]) for name in ("bias", "bias_low", "bias_high"))
        rows.append(
            {
                **dict(zip([*PLACE, *METHOD], names, strict=True)),
                "estimator": group["estimator"].iloc[0],
                "seeds": len(group),
                **{"bias": bias, "bias_low": low, "bias_high": high},
                **means.to_dict(),
            }
        )
    return sorted_by(pd.DataFrame(rows), *PLACE, "mse"), notes


def gradient_tables(summary: pd.DataFrame, notes: list[str], label: Label = str) -> list[Table]:
    """One table for each task, stage and target."""
    tables = []
    for place, rows in summary.groupby(PLACE, sort=False):
        title = _title(*map(str, place))
        temperatures = [f"{float(value):g}" if pd.notna(value) else "" for value in rows["temperature"]]
        shown = rows.drop(columns=[*PLACE, "estimator"]).assign(
            method=rows["method"].map(label), temperature=temperatures
        )
        tables.append(Table(filled(shown), COLUMNS, title, CAPTION, notes))
    return tables


def smallest_errors(summary: pd.DataFrame, label: Label = str) -> Iterator[str]:
    """For each task, stage and target the method with the smallest error, and that without significant bias."""
    for place, rows in summary[summary["mse"] > 0].groupby(PLACE, sort=False):
        smallest, unbiased = rows.nsmallest(1, "mse"), rows[rows["bias_low"] <= 0].nsmallest(1, "mse")
        sentence = f"{_title(*map(str, place))}: {_error(smallest, label)} has the smallest mean squared error"
        if len(unbiased) and not unbiased.index.equals(smallest.index):
            sentence += f", among estimators without significant bias {_error(unbiased, label)}"
        yield f"{sentence}."


def _error(row: pd.DataFrame, label: Label) -> str:
    """``Gapped ST at temperature 0.1 (0.852 |g|²)``, with the exact gradient g."""
    first = row.iloc[0]
    name = ", ".join(filter(None, [label(str(first["method"])), str(first["setting"] or "")]))
    at = f" at temperature {first['temperature']:g}" if pd.notna(first["temperature"]) else ""
    return f"{name}{at} ({first['mse']:.3g} |g|²)"


def _title(task: str, data: str, conditions: str, stage: str, target: str) -> str:
    return ", ".join(filter(None, [task, data, conditions, target, f"after {stage} steps"]))


def _figures(summary: pd.DataFrame, label: Label) -> Iterator[tuple[str, Figure]]:
    """One for each table."""
    several_data_sets = summary["data"].nunique() > 1
    for place, rows in summary.groupby(PLACE, sort=False):
        task, data, conditions, stage, target = map(str, place)
        names = [task, data if several_data_sets else "", conditions, target]
        name = file_name("gradients", *filter(None, [*names, stage]))
        yield name, trade_offs(", ".join(filter(None, [*names, f"after {stage} steps"])), rows, label)
