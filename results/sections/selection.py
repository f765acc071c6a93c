"""The setting of each method that was chosen on validation, and the full grid that it was chosen from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from results.comparison import BOUND, Comparison, Quantity
from results.reading.choices import Choice
from results.reading.methods import Problem
from results.reading.statuses import DONE, LOST, counts
from results.sections.comparison_table import score_in_words, usual_seeds
from results.statistics.intervals import deviation
from results.statistics.tuning import expected_best
from results.writing.tables import NONE, Columns, Table, of_frame

CHOSEN = (
    "The setting of each method that has the lowest mean validation score on the seeds that all its settings "
    "have; settings that lost a seed are out. 3 of 6: three of six competed. test: as in the comparison. "
    "validation: negative m-sample bound in nats, or the negative ELBO where a note says so."
)

GRID = (
    "Every setting, by validation. Mean ± standard deviation over the seeds that are done, nats, lower is better. "
    "The test scores had no part in the choice, and nothing is set off: what was best on test would be chosen "
    "with hindsight."
)

BUDGET = (
    "Expected test score of the setting that is best on validation among so many settings drawn at random from "
    "those that were tried (Dodge et al. 2019); from so many on that not all of them can be lost."
)


def selection_table(comparison: Comparison) -> Table:
    """A line for each method and problem."""
    usual = usual_seeds(comparison)
    choices = _in_order(comparison)
    rows = [
        [
            *_place(choice),
            comparison.label(choice.method),
            score_in_words(comparison.entry(choice.method, Quantity(choice.problem)), usual),
            _validation(choice),
            choice.among,
            "nothing chosen" if choice.setting is None else choice.setting,
        ]
        for choice in choices
    ]
    names = ("task", "data", "method", "test", "validation", "chosen among", "setting")
    notes = [note for choice in choices for note in choice.notes(comparison.label(choice.method))]
    return Table([(name,) for name in names], rows, notes, CHOSEN)


def _in_order(comparison: Comparison) -> list[Choice]:
    found = [comparison.choice(method, problem) for problem in comparison.problems for method in comparison.methods]
    return [choice for choice in found if choice is not None]


def _place(choice: Choice) -> list[str]:
    problem = choice.problem
    data = [problem.data, problem.conditions, f"m = {problem.bound_samples or '?'}"]
    return [problem.task, ", ".join(part for part in data if part)]


def _validation(choice: Choice) -> str:
    value = choice.validation.get(choice.setting or "", np.nan)
    return NONE if np.isnan(value) else f"{value:.2f}"


def selected(comparison: Comparison) -> pd.DataFrame:
    """One row a choice: how it was made, and the test bound of the seeds that are compared."""
    rows: list[dict[str, Any]] = []
    for choice in _in_order(comparison):
        entry = comparison.entry(choice.method, Quantity(choice.problem))
        assert entry is not None
        rows.append(
            choice.problem._asdict()
            | {"method": choice.method, "setting": choice.setting}
            | {"mean": entry.mean, "deviation": entry.deviation, "seeds": len(entry.values), "lost": entry.lost}
            | {"mark": entry.mark, "chosen_by": choice.score}
            | {"validation": choice.validation.get(choice.setting or "", np.nan)}
            | {"validation_seeds": len(choice.seeds)}
            | {"settings_competed": choice.competed, "settings_tried": choice.tried, "complete": choice.complete}
        )
    return pd.DataFrame(rows)


def grid(comparison: Comparison) -> pd.DataFrame:
    """One row for each setting of the methods that have several on a problem, the best on validation first."""
    rows = [row for choice in _in_order(comparison) if choice.tried > 1 for row in _settings(choice)]
    return pd.DataFrame(rows)


def _settings(choice: Choice) -> Iterator[dict[str, Any]]:
    settings = {str(name): cells for name, cells in choice.cells.groupby("setting")}
    for name in sorted(settings, key=lambda each: choice.validation.get(each, np.inf)):
        cells = settings[name]
        values = cells.loc[cells["status"] == DONE, BOUND].dropna().to_numpy(dtype=float)
        yield (
            choice.problem._asdict()
            | {"method": choice.method, "setting": name, "chosen": name == choice.setting}
            | {"validation": choice.validation.get(name, np.nan)}
            | {"mean": values.mean() if len(values) else np.nan, "deviation": deviation(values), "seeds": len(values)}
            | {"lost": int(cells["status"].isin(LOST).sum()), "cells": counts(cells["status"])}
        )


def grid_tables(found: pd.DataFrame, comparison: Comparison) -> list[Table]:
    """A table for each problem."""
    columns = Columns({"validation": 2, "mean": 2, "deviation": 2, "seeds": 0}, hidden=("lost",))
    places = ["task", "data", "bound_samples", "conditions"]
    tables = []
    for _, rows in found.groupby(places, dropna=False, sort=False):
        title = Problem.of_row(rows.iloc[0]).name
        shown = rows.drop(columns=places).assign(
            chosen=rows["chosen"].map({True: "chosen", False: ""}),
            method=rows["method"].map(comparison.label),
        )
        shown = shown.rename(columns={"mean": "test"})
        shown_columns = Columns({**columns.decimals, "test": 2}, columns.hidden)
        tables.append(of_frame(shown, shown_columns, title, GRID))
    return tables


def budget(comparison: Comparison) -> pd.DataFrame:
    """One row for each number of settings that a method with several could have tried: the expected test bound."""
    rows: list[dict[str, Any]] = []
    for choice in _in_order(comparison):
        if choice.tried < 2 or choice.setting is None:
            continue
        table = pd.DataFrame(_settings(choice))
        # A setting that is still to come says nothing about the grid; one that lost a seed was tried in vain.
        table = table[table["validation"].notna() | (table["lost"] > 0)]
        table = table[table["mean"].notna() | table["validation"].isna()]
        expected = expected_best(list(table["validation"]), list(table["mean"]))
        for count, value in enumerate(expected, start=1):
            rows.append(
                choice.problem._asdict() | {"method": choice.method, "settings": count, "expected_bound": value}
            )
    return pd.DataFrame(rows)
