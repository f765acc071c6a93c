"""Methods that coincide under two names, of which a table shows one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from results.reading.labels import Label
from results.reading.order import sorted_by


def without_duplicates(rows: pd.DataFrame, within: Sequence[str], label: Label = str) -> tuple[pd.DataFrame, list[str]]:
    """Leaves out rows whose column ``same_as`` names an estimator that is also present, see ``Estimator.same_as``.

    Args:
        rows: with the columns ``estimator``, ``same_as`` and those of ``within``; ``estimator.<key>`` for settings.
        within: two rows can be duplicates only if they agree in these columns.
        label: gives the label of an estimator.

    Returns:
        The other rows, and a sentence for each pair.
    """
    if "same_as" not in rows:
        return rows, []
    twins = {
        other: set(rows.loc[_is_configured_as(rows, other), list(within)].itertuples(index=False, name=None))
        for other in rows["same_as"].dropna().unique()
    }
    places = rows[["same_as", *within]].itertuples(index=False, name=None)
    duplicate = pd.Series([tuple(place) in twins.get(other, ()) for other, *place in places], rows.index, dtype=bool)
    pairs = sorted_by(rows.loc[duplicate, ["estimator", "same_as", "task"]].drop_duplicates(), "task", "estimator")
    notes = [
        f"on {task}, {label(name)} coincides with {_configured(other, label)} and is not shown twice"
        for name, other, task in pairs.itertuples(index=False)
    ]
    return rows[~duplicate], notes


def _configured(name: str, label: Label) -> str:
    """The label of an estimator, with the settings that may follow its name."""
    estimator, space, settings = name.partition(" ")
    return label(estimator) + space + settings


def _is_configured_as(rows: pd.DataFrame, name: str) -> pd.Series:
    """Which rows are of an estimator; settings ``KEY=VALUE`` may follow its name."""
    estimator, *settings = name.split() or [""]
    matching = rows["estimator"] == estimator
    for key, _, value in (setting.partition("=") for setting in settings):
        column = rows.get(f"estimator.{key}", pd.Series(None, index=rows.index, dtype=object))
        matching &= pd.to_numeric(column, errors="coerce") == pd.to_numeric(value, errors="coerce")
    return matching
