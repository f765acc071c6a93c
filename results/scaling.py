"""What a training step costs as a number of the configuration grows: data frame and tables."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from results.collect import Results
from results.files import replacing

REFERENCE = "enumeration"
"""The estimator that marginalises; the others' speed is told as a multiple of its."""

SHORT = {
    "out of memory": "memory",
    "too slow": "slow",
    "not tried": "–",  # noqa: RUF001 - what tables have in empty places
    "does not apply": "n/a",
}
"""How a table writes the outcomes other than a number."""

CAPTION = (
    "memory, slow: beyond the limit that a value had (column reason of scaling.csv); –: not tried after that; "  # noqa: RUF001
    "n/a: the method does not exist there. Times are medians of whole updates; speed-up is in steps per second."
)


def scaling(results: Results) -> pd.DataFrame:
    """One row per estimator, task, data and value: ``along``, ``value``, ``outcome``, ``reason``, ``milliseconds``,
    ``peak_mb``, ``steps`` and ``speed_up``, how many times as fast as :data:`REFERENCE`; empty when nothing was
    measured."""
    rows = []
    for cell in results.cells.itertuples():
        path = results.folder / str(cell.folder) / "scaling.jsonl"
        if path.exists():
            about = {name: getattr(cell, name) for name in ("estimator", "task", "data")}
            rows += [about | json.loads(line) for line in path.read_text().splitlines()]
    if not rows:
        return pd.DataFrame()
    numbers: dict[str, float | str | None] = {"milliseconds": float("nan"), "peak_mb": float("nan"), "reason": None}
    measured = pd.DataFrame([numbers | row for row in rows])
    place = ["task", "data", "along", "value"]
    reference = measured[measured["estimator"] == REFERENCE].drop_duplicates(place).set_index(place)["milliseconds"]
    beside = reference.reindex(pd.MultiIndex.from_frame(measured[place])).to_numpy()
    measured["speed_up"] = beside / measured["milliseconds"]
    return measured.sort_values([*place[:3], "estimator", "value"], ignore_index=True)


def write_scaling(measured: pd.DataFrame, folder: Path) -> list[Path]:
    """Writes ``scaling.csv``, ``scaling.parquet`` and ``scaling.md``."""
    paths = [folder / f"scaling.{suffix}" for suffix in ("csv", "parquet", "md")]
    with replacing(paths[0]) as path:
        measured.to_csv(path, index=False)
    with replacing(paths[1]) as path:
        measured.to_parquet(path, index=False)
    with replacing(paths[2]) as path:
        path.write_text(as_markdown(measured), encoding="utf-8")
    return paths


def as_markdown(measured: pd.DataFrame) -> str:
    """For each task the time of a step, the speed-up over :data:`REFERENCE`, and the memory, by estimator and value."""
    parts = []
    for (task, along), group in measured.groupby(["task", "along"]):
        last = str(along).rpartition(".")[2]
        parts.append(_table(group, f"{task}: milliseconds per step against {last}", "milliseconds"))
        others = group[group["estimator"] != REFERENCE]
        if others["speed_up"].notna().any():
            parts.append(_table(others, f"{task}: speed-up over {REFERENCE} against {last}", "speed_up"))
        parts.append(_table(group, f"{task}: peak memory in MB against {last}", "peak_mb"))
    return "\n\n".join([*parts, CAPTION, ""])


def _table(group: pd.DataFrame, title: str, column: str) -> str:
    values = sorted(group["value"].unique())
    cells = {(row.estimator, row.value): _entry(getattr(row, column), str(row.outcome)) for row in group.itertuples()}
    # First those that reached the largest value, the fastest there on top.
    reached = group[group["outcome"] == "measured"].sort_values("value").groupby("estimator").last()
    reached = reached.reindex(group["estimator"].unique()).sort_values(
        ["value", "milliseconds"], ascending=[False, True]
    )
    names = list(reached.index)
    rows = [["estimator", *(f"{value:,}" for value in values)], [":--", *["--:"] * len(values)]]
    rows += [[str(name).replace("_", r"\_"), *(cells.get((name, value), "") for value in values)] for name in names]
    return "\n".join([f"### {title}", "", *(f"| {' | '.join(row)} |" for row in rows)])


def _entry(number: float, outcome: str) -> str:
    """Three significant digits."""
    if outcome != "measured":
        return SHORT[outcome]
    if pd.isna(number):
        return ""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
