"""What columns hold: one vocabulary for the files that other programs read and for the tables that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Column(NamedTuple):
    """What a column holds, and how a table shows it.

    Attributes:
        type: "string", "integer", "number", "boolean" or "any", in the words of Table Schema.
        description: what it holds, for ``datapackage.json``.
        unit: of a number.
        decimals: that a table shows of a number; where it is None, none of an integer and four digits of others.
        heading: the lines above it in a table; its name in words, where there are none.
        marked: whether a table sets an entry off where the row's ``mark`` is not empty.
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
    "conditions": Column("string", "what else tells problems of this task and data set apart, such as steps=20000"),
    "bound_samples": Column("integer", "m of the bound on the test set", SAMPLES),
    "method": Column("string", "name of the method: its estimator, with the objective where that is another one"),
    "setting": Column("string", "values of the settings that vary for the method on the task; empty where none does"),
    "estimator": Column("string", "name of the estimator"),
    "seed": Column("integer", "of initial weights, order of the data, estimator noise and evaluation"),
    "score": Column("string", "which test score: negative_bound in nats, or a further one of the task"),
}
"""By which tables join."""


def described(name: str, columns: Columns) -> Column:
    """What a column of a frame with these columns holds.

    Raises:
        ValueError: nothing says so.
    """
    known = {**PLACES, **columns}
    if name in known:
        return known[name]
    for end, word in (("_low", "lower"), ("_high", "upper")):
        of = name.removesuffix(end)
        if name.endswith(end) and of in known:
            return Column("number", f"{word} end of the 95 % interval of {of}", known[of].unit)
    raise ValueError(f"column {name!r} is not described: a Column of that name is needed")
