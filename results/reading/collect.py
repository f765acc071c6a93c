"""A folder of cells as two data frames: the cells and their curves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from results.flatten import flatten, yaml_of
from results.reading.asked import missing_cells, note_of
from results.reading.curves import Point, curves_frame, read_curves
from results.reading.defaults import with_defaults
from results.reading.methods import with_names
from results.reading.order import sorted_by
from results.reading.statuses import UNREADABLE
from results.reading.superseded import current
from results.reading.typed import CELL_TYPES, read_reported, typed
from runners.cells.files import digest_of_file, read_file
from runners.cells.record import DIGESTED, Draws, Unreadable, load_record
from runners.config.kinds import is_plain, is_text

SCORES = ("negative_elbo", "negative_bound", "bound_samples")
"""The columns of :data:`CELL_TYPES` that are scores."""

LARGEST_CONFIG = 10**6
"""Size limit of a configuration, bytes."""


class NoCells(ValueError):  # noqa: N818 - what was found, not what broke
    """The folder holds no cells."""


@dataclass(frozen=True)
class Results:
    """The cells of a folder.

    Attributes:
        folder: where they are.
        cells: one row per cell, including cells that failed or are missing; columns :data:`CELL_TYPES`, the scores that
            a runner adds, and the configuration under dotted names.
        curves: one row per (cell, step, metric); columns :data:`results.reading.curves.CURVE_TYPES`.
        notes: one sentence for each problem in reading the folder.
    """

    folder: Path
    cells: pd.DataFrame
    curves: pd.DataFrame
    notes: tuple[str, ...]


def collect(folder: Path | str) -> Results:
    """Reads every cell of a folder, or the frames that a report left there if the folder has no cells' folders.

    Raises:
        NoCells: the folder does not exist or holds no cells.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NoCells(f"{folder}: no such folder")
    folders = [path.parent for path in sorted(folder.glob("*/meta.json"))]
    cell_folders = [path for path in folders if is_text(path.name)]
    if not cell_folders and all((folder / f"{name}.parquet").exists() for name in ("cells", "curves")):
        return _reported(folder)
    if not cell_folders:
        raise NoCells(f"{folder}: holds no cells (a cell is a folder with a meta.json) and no cells.parquet")
    notes: list[str] = []
    if nameless := len(folders) - len(cell_folders):
        notes.append(f"{nameless} folders whose names are not valid text are left out")
    rows: list[dict[str, Any]] = []
    overrides: list[list[str]] = []
    defaults: list[list[str]] = []
    curves: list[Point] = []
    for path in cell_folders:
        meta = _read_meta(path, notes)
        notes += _changed_files(path, meta)
        rows.append(_row(path, meta, _read_config(path, notes)))
        overrides.append(list(map(str, meta.get("overrides") or [])))
        defaults.append(list(map(str, meta.get("defaults") or [])))
        curves += read_curves(path, rows[-1]["cell"], notes)
    with_defaults(rows, defaults)
    rows += missing_cells(folder, rows, overrides, notes)
    cells, superseded = current(_cells(rows))
    experiment_note = filter(None, [note_of(folder)])
    return Results(folder, with_names(cells), curves_frame(curves), (*experiment_note, *notes, *superseded))


def _reported(folder: Path) -> Results:
    notes: list[str] = []
    try:
        return Results(folder, *read_reported(folder, notes), tuple(notes))
    except ValueError as error:
        raise NoCells(str(error)) from None


def _read_meta(folder: Path, notes: list[str]) -> Mapping[str, Any]:
    try:
        return load_record(folder)
    except (OSError, Unreadable) as error:
        notes.append(f"{folder.name}: unreadable meta.json: {error}")
        return {"status": UNREADABLE, "reason": f"unreadable meta.json: {error}"}


def _read_config(folder: Path, notes: list[str]) -> dict[str, Any]:
    try:
        config = yaml_of(read_file(folder / "config.yaml", LARGEST_CONFIG).decode())
        if isinstance(config, dict) and is_plain(config):
            return config
    except (OSError, ValueError):
        pass
    notes.append(f"{folder.name}: unreadable config.yaml")
    return {}


def _changed_files(folder: Path, meta: Mapping[str, Any]) -> list[str]:
    digests = meta.get("digests") or {}
    known = {name: digests[name] for name in DIGESTED if name in digests}
    return [
        f"{folder.name}: {name} was changed after the cell ended"
        for name, digest in known.items()
        if _digest(folder / name) != digest
    ]


def _digest(path: Path) -> str | None:
    try:
        return digest_of_file(path)
    except OSError:
        return None


def _row(folder: Path, meta: Mapping[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    flat = flatten({key: value for key, value in config.items() if key != "names"})
    recorded = ("status", "step", "cost_evaluations", "steps_per_second", "peak_memory_mb", "reason")
    machine = meta.get("machine") or {}
    names = meta.get("names") or _texts(config.get("names"))
    row = {
        "cell": meta.get("cell", folder.name),
        **{part: names.get(part) for part in ("estimator", "task", "data")},
        "seed": meta.get("seed", flat.pop("seed", None)),
        "bound_samples": flat.get("runner.bound_samples"),
        **{key: meta.get(key) for key in recorded},
        "folder": folder.name,
        "objective": meta.get("objective"),
        "started": meta.get("started"),
        "finished": meta.get("finished"),
        "experiment": _experiment(meta),
        **{f"{part}_version": (meta.get("class_versions") or {}).get(part) for part in ("estimator", "task")},
        "torch_version": (meta.get("versions") or {}).get("torch"),
        "commit": meta.get("commit"),
        "processor": machine.get("gpu", machine.get("processor")),
        "same_as": meta.get("same_as"),
        **_draws(meta),
        **{key: meta[key] for key in ("compile_seconds",) if key in meta},
    }
    scores = meta.get("scores") or {}
    broken = [name for name, score in scores.items() if not math.isfinite(score)]
    if broken and row["status"] == "done":
        row |= {"status": "diverged", "reason": f"not finite: {', '.join(broken)}"}
    labels = {fact: meta[fact] for fact in ("label", "short_label") if meta.get(fact)}
    row = flat | row | labels
    return row | {name: score for name, score in scores.items() if not broken and _is_score(name, row)}


def _experiment(meta: Mapping[str, Any]) -> str | None:
    """The experiment that the cell was run for, if its overrides name one."""
    names = [word.partition("=")[2] for word in meta.get("overrides") or [] if word.startswith("experiment=")]
    return names[-1] if names else None


def _is_score(name: str, recorded: Mapping[str, Any]) -> bool:
    """Whether a score may have a column of its own: its name is not that of another entry of the cell."""
    return name in SCORES or (name not in recorded and name not in CELL_TYPES)


def _texts(value: Any) -> dict[str, str]:
    return {key: text for key, text in value.items() if is_text(text)} if isinstance(value, dict) else {}


def _draws(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What the cell's random draws depend on; ``1 then 2`` if it resumed with another value."""
    runs = meta.get("draws") or []
    keys = [key for key in Draws.__annotations__ if any(key in run for run in runs)]
    values = {key: list(dict.fromkeys(run.get(key, False) for run in runs)) for key in keys}
    return {key: used[0] if len(used) == 1 else " then ".join(map(str, used)) for key, used in values.items()}


def _cells(rows: list[dict[str, Any]]) -> pd.DataFrame:
    cells = pd.DataFrame(rows, dtype=object)
    others = [str(name) for name in cells if name not in CELL_TYPES]
    # In the order of config.yaml, where the most important come first; keys of only some cells join their section.
    sections = list(dict.fromkeys(name.partition(".")[0] for name in others))
    others.sort(key=lambda name: ("." in name, sections.index(name.partition(".")[0])))
    cells = cells.reindex(columns=[*CELL_TYPES, *others])
    cells = pd.DataFrame({name: typed(column, CELL_TYPES.get(str(name))) for name, column in cells.items()})
    return sorted_by(cells, "task", "data", "estimator", "seed", "cell")
