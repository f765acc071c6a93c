"""Data frames as files, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from runners.cells.files import replacing


def write_frame(frame: pd.DataFrame, folder: Path, name: str, kinds: tuple[str, ...] = ("csv",)) -> list[Path]:
    """Writes ``name.csv``, and ``name.parquet`` or ``name.json`` if they are among ``kinds``."""
    paths = []
    for kind in kinds:
        paths.append(folder / f"{name}.{kind}")
        with replacing(paths[-1]) as path:
            if kind == "csv":
                frame.to_csv(path, index=False)
            elif kind == "parquet":
                frame.to_parquet(path, index=False)
            else:
                frame.to_json(path, orient="records", indent=1)
    return paths
