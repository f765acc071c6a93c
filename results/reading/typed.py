"""The columns of cells, each of one type as parquet requires; and the frames that an earlier report left."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd

from results.reading.curves import CURVE_TYPES
from results.reading.statuses import LETTERS, UNREADABLE
from runners.cells.files import LARGEST, read_file
from runners.config.kinds import fits

CELL_TYPES = {
    "cell": "str",
    "method": "str",
    "setting": "str",
    "estimator": "str",
    "task": "str",
    "data": "str",
    "conditions": "str",
    "seed": "Int64",
    "status": "str",
    "step": "Int64",
    "negative_elbo": "float64",
    "negative_bound": "float64",
    "bound_samples": "Int64",
    "cost_evaluations": "Int64",
    "steps_per_second": "float64",
    "peak_memory_mb": "float64",
    "reason": "str",
    "folder": "str",
}
"""The columns that ``cells`` always has, in order. Further scores and the flattened configuration follow."""

FRAMES = {"cells": CELL_TYPES, "curves": CURVE_TYPES}
"""The frames of a report, by file name, with the types of their columns."""


def read_reported(folder: Path, notes: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cells and curves that a report wrote. The files are not trusted: somebody else may have made them.

    Args:
        folder: with ``cells.parquet`` and ``curves.parquet``.
        notes: a sentence is added for values of a wrong type, which are left out, and for invalid cells, which become
            unreadable.

    Raises:
        ValueError: a file was not written by a report. The message is one line.
    """
    cells, curves = (_read(folder / f"{name}.parquet", types, notes) for name, types in FRAMES.items())
    unknown = ~cells["status"].isin(list(LETTERS))
    # Files are read from the folders of cells, so a name must not lead anywhere else.
    leads = cells["folder"].map(lambda name: Path(name).name != name, na_action="ignore")
    outside = leads.fillna(value=False).astype(bool)
    if invalid := int((unknown | outside).sum()):
        notes.append(f"cells.parquet: {invalid} cells have an invalid status or folder")
    cells.loc[unknown, "status"] = UNREADABLE
    cells.loc[outside, "folder"] = None
    timeless = (curves["metric"] == "seconds") & ~np.isfinite(curves["value"])
    return cells, curves[~timeless].dropna(subset=["cell", "step", "metric"], ignore_index=True).astype(CURVE_TYPES)


def _read(path: Path, types: dict[str, str], notes: list[str]) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(io.BytesIO(read_file(path, LARGEST)))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: unreadable: {str(error).splitlines()[0]}") from None
    if missing := [name for name in types if name not in frame]:
        raise ValueError(f"{path}: not written by a report: there is no column {missing[0]}")
    for name, kind in types.items():
        column = frame[name]
        if str(column.dtype) != kind:
            frame[name] = typed(column.astype(object).map(_integer, na_action="ignore"), kind.replace("int64", "Int64"))
            if lost := int((column.notna() & frame[name].isna()).sum()):
                notes.append(f"{path.name}: {lost} values of {name} have a wrong type and are left out")
    for name in frame:
        if frame[name].dtype == object:
            frame[name] = typed(frame[name], None)
    return frame


def _integer(value: object) -> object:
    """Turns a float back into the integer that it was before a missing value made the column one of floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def typed(column: pd.Series, kind: str | None) -> pd.Series:
    """The column as one type, as parquet requires: ``kind``, or else the one type that fits all values, or text."""
    if kind is None:
        types = {type(value) for value in column[column.notna()]}
        kinds = {bool: "boolean", int: "Int64", float: "float64"}
        kind = kinds.get(types.pop(), "str") if len(types) == 1 else "float64" if types == {int, float} else "str"
    if kind == "str":
        return _text(column)
    # Files of others, and overrides, may have values that do not fit the column.
    expected = {"boolean": bool, "Int64": int, "float64": float}[kind]
    fitting = [value if fits(value, expected) else None for value in column]
    return pd.Series(fitting, column.index, kind, column.name)  # type: ignore[call-overload]


def _text(column: pd.Series) -> pd.Series:
    texts = [str(value) if there else None for value, there in zip(column, column.notna(), strict=True)]
    return pd.Series(texts, column.index, "str", column.name)
