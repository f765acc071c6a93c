"""The columns of cells, each in one type, which parquet asks for; and the frames that an earlier report left."""

from __future__ import annotations

import io
from pathlib import Path

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
"""Of a report, in files of their names."""


def read_reported(folder: Path, notes: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cells and curves that a report wrote, which may be anybody's, as that report had them.

    Args:
        folder: with ``cells.parquet`` and ``curves.parquet``.
        notes: a sentence is added for what is not what it should be; that value is left out, or that cell unreadable.

    Raises:
        ValueError: a file is none of a report. The message is one line.
    """
    cells, curves = (_read(folder / f"{name}.parquet", types, notes) for name, types in FRAMES.items())
    unknown = ~cells["status"].isin(list(LETTERS))
    # What is in the cells' folders is read too, and nothing above them.
    leads = cells["folder"].map(lambda name: Path(name).name != name, na_action="ignore")
    outside = leads.fillna(value=False).astype(bool)
    if odd := int((unknown | outside).sum()):
        notes.append(f"cells.parquet: {odd} cells have a status or a folder that no cell has")
    cells.loc[unknown, "status"] = UNREADABLE
    cells.loc[outside, "folder"] = None
    return cells, curves.dropna(subset=["cell", "step", "metric"], ignore_index=True).astype(CURVE_TYPES)


def _read(path: Path, types: dict[str, str], notes: list[str]) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(io.BytesIO(read_file(path, LARGEST)))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: unreadable: {str(error).splitlines()[0]}") from None
    if missing := [name for name in types if name not in frame]:
        raise ValueError(f"{path}: none of a report, which has the column {missing[0]}")
    for name, kind in types.items():
        found = frame[name]
        if str(found.dtype) != kind:
            frame[name] = typed(found.astype(object).map(_whole, na_action="ignore"), kind.replace("int64", "Int64"))
            if lost := int((found.notna() & frame[name].isna()).sum()):
                notes.append(f"{path.name}: {lost} values of {name} are not what they should be and are left out")
    for name in frame:
        if frame[name].dtype == object:
            frame[name] = typed(frame[name], None)
    return frame


def _whole(value: object) -> object:
    """Integers that were floats for want of a type in which one may be missing."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def typed(column: pd.Series, kind: str | None) -> pd.Series:
    """The column in one type, which parquet asks for: ``kind``, or the only one that holds all values, or text."""
    if kind is None:
        found = {type(value) for value in column.dropna()}
        kinds = {bool: "boolean", int: "Int64", float: "float64"}
        kind = kinds.get(found.pop(), "str") if len(found) == 1 else "float64" if found == {int, float} else "str"
    if kind == "str":
        return _text(column)
    # What somebody else wrote, or asked for, may be no number that the column holds.
    held = {"boolean": bool, "Int64": int, "float64": float}[kind]
    return column.where([fits(value, held) for value in column], None).astype(kind)  # type: ignore[call-overload]


def _text(column: pd.Series) -> pd.Series:
    return column.astype(object).map(str, na_action="ignore").astype("str")
