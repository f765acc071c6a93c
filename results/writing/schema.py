"""Descriptions of every column of every CSV file, as a Frictionless data package next to the files.

Format: https://specs.frictionlessdata.io/tabular-data-package (Table Schema).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from results.writing.columns import Columns, described
from results.writing.frames import Data
from runners.cells.files import write_atomically

NAME = "datapackage.json"


def write_schema(folder: Path, data: Mapping[str, Data]) -> Path:
    """Writes ``datapackage.json``, which describes the CSV files with these names."""
    resources = [
        {"name": name, "path": f"{name}.csv", "profile": "tabular-data-resource", "schema": table_schema(data[name])}
        for name in sorted(data)
    ]
    package = {"profile": "tabular-data-package", "name": "gumbel-bench-results", "resources": resources}
    write_atomically(folder / NAME, json.dumps(package, indent=1, ensure_ascii=False) + "\n")
    return folder / NAME


def table_schema(data: Data) -> dict[str, Any]:
    """The Table Schema of a data frame."""
    return {"fields": [_field(str(name), data.columns) for name in data.frame], "missingValues": [""]}


def _field(name: str, columns: Columns) -> dict[str, str]:
    column = described(name, columns)
    unit = {"unit": column.unit} if column.unit else {}
    return {"name": name, "type": column.type, "description": column.description, **unit}
