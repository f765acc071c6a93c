"""Data frames as files, written atomically."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from results.writing.columns import Columns, described
from results.writing.escaping import for_csv
from runners.cells.files import replacing


@dataclass(frozen=True)
class Data:
    """A data frame for other programs.

    Attributes:
        frame: one row per measurement.
        columns: descriptions of its columns, except those that all tables share and the ends of intervals.
        kinds: file formats: ``csv``, ``parquet``, ``json``.

    Raises:
        ValueError: a column is not described.
    """

    frame: pd.DataFrame
    columns: Columns
    kinds: Sequence[str] = ("csv",)

    def __post_init__(self) -> None:
        for name in self.frame:
            described(str(name), self.columns)

    def write(self, folder: Path, name: str) -> list[Path]:
        """Writes one file for each of :attr:`kinds`; returns their paths."""
        paths = [folder / f"{name}.{kind}" for kind in self.kinds]
        for kind, path in zip(self.kinds, paths, strict=True):
            with replacing(path) as temporary:
                if kind == "csv":
                    for_csv(self.frame).to_csv(temporary, index=False)
                elif kind == "parquet":
                    self.frame.to_parquet(temporary, index=False)
                else:
                    self.frame.to_json(temporary, orient="records", indent=1)
        return paths
