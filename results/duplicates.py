"""Methods that are one method under two names, of which a table shows one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def without_duplicates(rows: pd.DataFrame, within: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Leaves out the rows whose column ``same_as`` names an estimator that is there too.

    Args:
        rows: with the columns ``estimator``, ``same_as`` and those of ``within``.
        within: two rows can be duplicates only if they agree in these columns.

    Returns:
        The other rows, and a sentence for each pair.
    """
    if "same_as" not in rows:
        return rows, []
    present = set(rows[["estimator", *within]].itertuples(index=False, name=None))
    places = rows[["same_as", *within]].itertuples(index=False, name=None)
    duplicate = pd.Series([place in present for place in places], index=rows.index, dtype=bool)
    pairs = rows.loc[duplicate, ["estimator", "same_as", "task"]].drop_duplicates().sort_values(["task", "estimator"])
    notes = [
        f"on {task}, {name} is {other} and is not shown twice" for name, other, task in pairs.itertuples(index=False)
    ]
    return rows[~duplicate], notes
