"""How the validation score depends on the learning rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.figures.sensitivity import sensitivity
from results.reading.choices import Choice
from results.reading.methods import Problem
from results.reading.statuses import LOST
from results.sections.section import Section
from results.sections.selection import in_order
from results.writing.columns import NATS, SETTINGS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import NONE, Marked, Table

RATE = "optimizer.lr"

CAPTION = (
    "The lowest mean validation score that a method has with each learning rate, over its other settings, nats; "
    "{best}: the rate that was chosen. 1 of 2 diverged: so many of the settings with this rate lost a seed, and in "
    "what way. A method whose score changes little over the rates is easily tuned."
)

COLUMNS: Columns = {
    "learning_rate": Column("number", "of the model's optimizer"),
    "validation": Column("number", "lowest mean validation score of the settings with this rate", NATS),
    "settings": Column("integer", "with this rate", SETTINGS),
    "lost": Column("integer", "of them, which lost a seed", SETTINGS),
    "why": Column("string", "what became of those, the first status"),
    "chosen": Column("boolean", "whether the setting that was chosen has this rate"),
}

PLACES = ["task", "data", "bound_samples", "conditions"]
"""What a table is about."""


def section(experiment: Experiment) -> Section | None:
    comparison = experiment.comparison
    found = by_rate(comparison)
    if found.empty:
        return None
    tables = [_table(rows, comparison) for _, rows in found.groupby(PLACES, dropna=False, sort=False)]
    figures = [("sensitivity", sensitivity(comparison, found))]
    return Section("sensitivity", "Learning rates", tables, figures, {"sensitivity": Data(found, COLUMNS)})


def by_rate(comparison: Comparison, option: str = RATE) -> pd.DataFrame:
    """One row for each learning rate of the methods that were tried with several on a problem.

    Args:
        comparison: of all settings.
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
            | {"validation": min((choice.validation.get(str(each), np.nan) for each in settings), key=_last_if_nan)}
            | {"settings": len(settings), "lost": lost["setting"].nunique()}
            | {"why": "" if lost.empty else str(lost["status"].iloc[0]), "chosen": rate in chosen}
        )


def _last_if_nan(value: float) -> float:
    return np.inf if np.isnan(value) else value


def _table(found: pd.DataFrame, comparison: Comparison) -> Table:
    """Of one problem: a row a method, a column a rate."""
    rates = sorted(found["learning_rate"].unique())
    rows = []
    for method, own in found.groupby("method", sort=False):
        entries = {row["learning_rate"]: _entry(row) for _, row in own.iterrows()}
        rows.append(
            {"method": comparison.label(str(method))} | {f"{rate:g}": entries.get(rate, NONE) for rate in rates}
        )
    columns = {f"{rate:g}": Column(heading=(f"{rate:g}",)) for rate in rates}
    return Table(pd.DataFrame(rows, dtype=object), columns, Problem.of_row(found.iloc[0]).name, CAPTION)


def _entry(row: pd.Series) -> str | Marked:
    lost, of = int(row["lost"]), int(row["settings"])
    how_many = row["why"] if lost == of == 1 else f"{lost} of {of} {row['why']}"
    if np.isnan(row["validation"]):
        return str(how_many) if lost else NONE
    return Marked(f"{row['validation']:.2f}", f"({how_many})" if lost else "", row["validation"], bool(row["chosen"]))
