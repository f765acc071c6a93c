"""Descriptions of columns, shared by the files that programs read and the tables that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Column(NamedTuple):
    """What a column contains, and how a table shows it.

    Attributes:
        type: "string", "integer", "number", "boolean" or "any", as in Table Schema.
        description: what it contains, for ``datapackage.json``.
        unit: unit of a number.
        decimals: number of decimals in a table; if None, integers have none and other numbers four significant digits.
        heading: lines of its heading in a table; if empty, its name with spaces.
        marked: whether a table highlights the entry if the row's ``mark`` is not empty.
    """

    type: str = "any"
    description: str = ""
    unit: str = ""
    decimals: int | None = None
    heading: tuple[str, ...] = ()
    marked: bool = False


Columns = Mapping[str, Column]
"""By name in the data frame."""

NATS, STEPS, SECONDS, SEEDS, SAMPLES, SETTINGS = "nats", "steps", "s", "seeds", "samples", "settings"

PLACES: Columns = {
    "task": Column("string", "name of the task"),
    "data": Column("string", "name of the data set, with its binarisation"),
    "conditions": Column("string", "what else distinguishes problems of this task and data set, such as steps=20000"),
    "bound_samples": Column("integer", "m of the bound on the test set", SAMPLES),
    "method": Column("string", "name of the method: its estimator, and its objective if that is not the usual one"),
    "setting": Column("string", "values of the options that vary for the method on the task; empty if none does"),
    "estimator": Column("string", "name of the estimator"),
    "seed": Column("integer", "of initial weights, order of the data, estimator noise and evaluation"),
    "score": Column("string", "which test score: negative_bound in nats, or a further one of the task"),
}
"""The columns that all tables share, by which they can be joined."""


def described(name: str, columns: Columns) -> Column:
    """The description of a column of a data frame.

    Raises:
        ValueError: there is none.
    """
    known = {**PLACES, **columns}
    if name in known:
        return known[name]
    for end, word in (("_low", "lower"), ("_high", "upper")):
        statistic = name.removesuffix(end)
        if name.endswith(end) and statistic in known:
            return Column("number", f"{word} end of the 95 % interval of {statistic}", known[statistic].unit)
    raise ValueError(f"column {name!r} is not described: add a Column of that name")
