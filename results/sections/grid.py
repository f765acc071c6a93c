"""Every setting of the methods that have several, and what a search over fewer of them would have reached."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.figures.tuning import tuning
from results.reading.choices import Choice
from results.reading.methods import PROBLEM, Problem, by_problem
from results.reading.statuses import DONE, LOST, counts
from results.scores import BOUND
from results.sections.section import Section
from results.sections.selection import in_order
from results.statistics.intervals import deviation
from results.statistics.tuning import expected_best
from results.writing.columns import NATS, SEEDS, SETTINGS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import Table, filled

CAPTION = (
    "Every setting tried, the best on validation first; scores in nats, lower is better. Validation: mean over the "
    "seeds that all competing settings of the method share; test and deviation: mean and standard deviation over the "
    "seeds with a test score. The choice is made on validation alone. No test score is highlighted, since choosing the "
    "best one would be selection on the test set."
)

COLUMNS: Columns = {
    "chosen": Column("boolean", "whether the setting was chosen on validation"),
    "validation": Column("number", "mean validation score; empty for settings that did not compete", NATS, 2),
    "mean": Column("number", "mean test bound over the seeds that have one", NATS, 2, ("test",)),
    "deviation": Column("number", "standard deviation over these seeds", NATS, 2),
    "seeds": Column("integer", "number of these seeds", SEEDS),
    "lost": Column("integer", "seeds that were lost, which count against the setting", SEEDS),
    "cells": Column("string", "statuses of its cells"),
}

BUDGET: Columns = {
    "settings": Column("integer", "settings drawn at random without replacement from those tried", SETTINGS),
    "expected_validation": Column("number", "expected validation score of the best on validation among them", NATS),
    "expected_bound": Column("number", "expected test bound of that setting", NATS),
}


def section(experiment: Experiment) -> Section | None:
    comparison = experiment.comparison
    settings, budgets = grid(comparison), budget(comparison)
    if settings.empty:
        return None
    figure = tuning(comparison, budgets)
    figures = [] if figure is None else [("tuning", figure)]
    data = {"grid": Data(settings, COLUMNS), "tuning": Data(budgets, BUDGET)}
    return Section("grid", "Grid", grid_tables(settings, comparison), figures, data)


def grid(comparison: Comparison) -> pd.DataFrame:
    """One row per setting of the methods that have several on a problem, the best on validation first."""
    rows = [row for choice in in_order(comparison) if choice.tried > 1 for row in _settings(choice)]
    return pd.DataFrame(rows)


def _settings(choice: Choice) -> Iterator[dict[str, Any]]:
    settings = {str(name): cells for name, cells in choice.cells.groupby("setting")}
    for name in sorted(settings, key=lambda setting: choice.validation.get(setting, np.inf)):
        cells = settings[name]
        values = cells.loc[cells["status"] == DONE, BOUND].dropna().to_numpy(dtype=float)
        yield (
            choice.problem._asdict()
            | {"method": choice.method, "setting": name, "chosen": name == choice.setting}
            | {"validation": choice.validation.get(name, np.nan)}
            | {"mean": values.mean() if len(values) else np.nan, "deviation": deviation(values), "seeds": len(values)}
            | {"lost": int(cells["status"].isin(LOST).sum()), "cells": counts(cells["status"])}
        )


def grid_tables(frame: pd.DataFrame, comparison: Comparison) -> list[Table]:
    """One table for each problem."""
    tables = []
    for rows in by_problem(frame):
        chosen = rows["chosen"].map({True: "chosen", False: ""})
        shown = rows.assign(chosen=chosen, method=rows["method"].map(comparison.label))
        title = Problem.of_row(rows.iloc[0]).name
        tables.append(Table(filled(shown.drop(columns=[*PROBLEM, "lost"])), COLUMNS, title, CAPTION))
    return tables


def budget(comparison: Comparison) -> pd.DataFrame:
    """For each method with several settings, one row per number of settings that it could have tried.

    A row has the expected scores of the setting that is best on validation among that number drawn at random, NaN if
    all of those drawn may be lost.
    """
    rows: list[dict[str, Any]] = []
    for choice in in_order(comparison):
        if choice.tried < 2 or choice.setting is None:
            continue
        table = pd.DataFrame(_settings(choice))
        # A setting without results says nothing about the grid; one that lost a seed was tried in vain.
        table = table[table["validation"].notna() | (table["lost"] > 0)]
        tested = table[table["mean"].notna() | table["validation"].isna()]
        validation = expected_best(list(table["validation"]), list(table["validation"]))
        test = expected_best(list(tested["validation"]), list(tested["mean"]))
        for count, (valid, bound) in enumerate(zip_longest(validation, test, fillvalue=np.nan), start=1):
            expected = {"settings": count, "expected_validation": valid, "expected_bound": bound}
            rows.append(choice.problem._asdict() | {"method": choice.method} | expected)
    return pd.DataFrame(rows)
