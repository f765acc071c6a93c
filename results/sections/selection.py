"""The setting of each method that was chosen on validation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.reading.choices import Choice
from results.reading.edges import at_edges
from results.scores import Quantity
from results.sections.comparison_table import score_in_words, usual_seeds
from results.sections.section import Section
from results.writing.columns import NATS, SEEDS, SETTINGS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import NONE, Table

CAPTION = (
    "For each method the setting with the lowest mean validation score, over the seeds that all its competing settings "
    "share; settings that lost a seed are excluded. 3 of 6: three of six settings competed. test: as in the "
    "comparison. validation: negative m-sample bound in nats, or the negative ELBO if a note says so."
)

COLUMNS: Columns = {
    "mean": Column("number", "mean test bound over the compared seeds", NATS),
    "deviation": Column("number", "standard deviation over these seeds", NATS),
    "seeds": Column("integer", "compared seeds with a test bound", SEEDS),
    "lost": Column("integer", "seeds without a test bound, which count against the method", SEEDS),
    "mark": Column("string", "best, tie, or empty, as in statistics"),
    "chosen_by": Column("string", "the validation score used for the choice"),
    "validation": Column("number", "mean of this score for the chosen setting", NATS),
    "validation_seeds": Column("integer", "seeds that the settings were compared on", SEEDS),
    "settings_competed": Column("integer", "settings that competed", SETTINGS),
    "settings_tried": Column("integer", "all settings, done or not", SETTINGS),
    "complete": Column("boolean", "false while a setting or a seed is pending"),
}


def section(experiment: Experiment) -> Section | None:
    comparison = experiment.comparison
    if all(choice.tried < 2 for choice in comparison.choices):
        return None
    table, data = selection_table(comparison), {"selected": Data(selected(comparison), COLUMNS)}
    return Section("selected", "Chosen on validation", [table], data=data, article=table, printed=True)


def selection_table(comparison: Comparison) -> Table:
    """The choices as a table: one row for each method and problem."""
    usual, choices = usual_seeds(comparison), in_order(comparison)
    rows = [
        {
            **_place(choice),
            "method": comparison.label(choice.method),
            "test": score_in_words(comparison.entry(choice.method, Quantity(choice.problem)), usual),
            "validation": _validation(choice),
            "chosen among": choice.among,
            "setting": "nothing chosen" if choice.setting is None else choice.setting,
        }
        for choice in choices
    ]
    notes = [note for choice in choices for note in choice.notes(comparison.label(choice.method))]
    notes += at_edges(choices, comparison.label)
    return Table(pd.DataFrame(rows, dtype=object), description=CAPTION, notes=notes)


def in_order(comparison: Comparison) -> list[Choice]:
    """All choices, problem by problem."""
    choices = [comparison.choice(method, problem) for problem in comparison.problems for method in comparison.methods]
    return [choice for choice in choices if choice is not None]


def _place(choice: Choice) -> dict[str, str]:
    problem = choice.problem
    return {"task": problem.task, "data": f"{problem.on}, m = {problem.bound_samples or '?'}"}


def _validation(choice: Choice) -> str:
    return NONE if np.isnan(choice.validated) else f"{choice.validated:.2f}"


def selected(comparison: Comparison) -> pd.DataFrame:
    """One row per choice: how it was made, and the test bound over the compared seeds."""
    rows: list[dict[str, Any]] = []
    for choice in in_order(comparison):
        entry = comparison.entry(choice.method, Quantity(choice.problem))
        assert entry is not None
        rows.append(
            choice.problem._asdict()
            | {"method": choice.method, "setting": choice.setting}
            | {"mean": entry.mean, "deviation": entry.deviation, "seeds": len(entry.values), "lost": entry.lost}
            | {"mark": entry.mark, "chosen_by": choice.score}
            | {"validation": choice.validated}
            | {"validation_seeds": len(choice.seeds)}
            | {"settings_competed": choice.competed, "settings_tried": choice.tried, "complete": choice.complete}
        )
    return pd.DataFrame(rows)
