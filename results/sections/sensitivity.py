"""Sensitivity of the validation score to the learning rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.figures.sensitivity import sensitivity
from results.reading.choices import Choice
from results.reading.methods import Problem, by_problem
from results.reading.statuses import LOST
from results.sections.section import Section
from results.sections.selection import in_order
from results.writing.columns import NATS, SETTINGS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import NONE, Marked, Table

RATE = "optimizer.lr"

CAPTION = (
    "For each learning rate, the lowest mean validation score among the method's settings with this rate, nats; "
    "{best}: the rate that was chosen. (1 of 2 diverged): of the two settings with this rate, one lost a seed, by "
    "divergence. A method whose score changes little with the learning rate is easy to tune."
)

COLUMNS: Columns = {
    "learning_rate": Column("number", "learning rate of the model's optimizer"),
    "validation": Column("number", "lowest mean validation score of the settings with this rate", NATS),
    "settings": Column("integer", "settings with this rate", SETTINGS),
    "lost": Column("integer", "settings with this rate that lost a seed", SETTINGS),
    "why": Column("string", "the status of the first cell lost"),
    "chosen": Column("boolean", "whether the chosen setting has this rate"),
}


def section(experiment: Experiment) -> Section | None:
    comparison = experiment.comparison
    frame = by_rate(comparison)
    if frame.empty:
        return None
    tables = [_table(rows, comparison) for rows in by_problem(frame)]
    figures = [("sensitivity", sensitivity(comparison, frame))]
    return Section("sensitivity", "Learning rates", tables, figures, {"sensitivity": Data(frame, COLUMNS)})


def by_rate(comparison: Comparison, option: str = RATE) -> pd.DataFrame:
    """One row per learning rate, for the methods that were tried with several on a problem.

    Args:
        comparison: with the cells of all settings.
        option: the configuration key of the rate, such as ``auxiliary_optimizer.lr``.
    """
    rows = [row for choice in in_order(comparison) for row in _rates(choice, option)]
    return pd.DataFrame(rows)


def _rates(choice: Choice, option: str) -> Iterator[dict[str, Any]]:
    if option not in choice.cells or choice.tried < 2:
        return
    cells = choice.cells.assign(rate=pd.to_numeric(choice.cells[option], errors="coerce"))
    if cells["rate"].nunique() < 2:
        return
    chosen = set(cells.loc[cells["setting"] == choice.setting, "rate"])
    for rate, of_rate in cells.groupby("rate"):
        settings = of_rate["setting"].unique()
        lost = of_rate[of_rate["status"].isin(LOST)]
        yield (
            choice.problem._asdict()
            | {"method": choice.method, "learning_rate": float(str(rate))}
            | {"validation": min((choice.validation.get(str(name), np.nan) for name in settings), key=_last_if_nan)}
            | {"settings": len(settings), "lost": lost["setting"].nunique()}
            | {"why": "" if lost.empty else str(lost["status"].iloc[0]), "chosen": rate in chosen}
        )


def _last_if_nan(value: float) -> float:
    return np.inf if np.isnan(value) else value


def _table(frame: pd.DataFrame, comparison: Comparison) -> Table:
    """The table of one problem: one row per method, one column per rate."""
    rates = sorted(frame["learning_rate"].unique())
    rows = []
    for method, of_method in frame.groupby("method", sort=False):
        entries = {row["learning_rate"]: _entry(row) for _, row in of_method.iterrows()}
        rows.append(
            {"method": comparison.label(str(method))} | {f"{rate:g}": entries.get(rate, NONE) for rate in rates}
        )
    columns = {f"{rate:g}": Column(heading=(f"{rate:g}",)) for rate in rates}
    return Table(pd.DataFrame(rows, dtype=object), columns, Problem.of_row(frame.iloc[0]).name, CAPTION)


def _entry(row: pd.Series) -> str | Marked:
    lost, settings = int(row["lost"]), int(row["settings"])
    losses = row["why"] if lost == settings == 1 else f"{lost} of {settings} {row['why']}"
    if np.isnan(row["validation"]):
        return str(losses) if lost else NONE
    return Marked(f"{row['validation']:.2f}", f"({losses})" if lost else "", row["validation"], bool(row["chosen"]))
