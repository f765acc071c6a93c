"""The computing time of cells, in hours of cores or of GPUs, and their hardware."""

from __future__ import annotations

import pandas as pd

from results.reading.statuses import SUPERSEDED

HOUR = 3600.0


def compute_line(cells: pd.DataFrame) -> str:
    """``compute: 189 cells; 31.2 core-hours of training, 40.3 with evaluation and interruptions; AMD EPYC``.

    Every cell that has begun counts, however it ended. The second number is from the start to the end of the cells, so
    it includes evaluation and the pauses of interrupted cells. A cell uses as many cores as it has threads, or one
    GPU. If the cells belong to several experiments, the same follows for each of them. Empty if nothing has begun.
    """
    begun = cells[cells["status"] != "missing"]
    if begun.empty or "threads" not in begun:
        return ""
    total = f"compute: {_summary(begun)}"
    experiments = begun["experiment"].fillna("") if "experiment" in begun else pd.Series("", index=begun.index)
    if experiments.nunique() < 2:
        return total
    parts = [f"{name or 'without experiment'}: {_summary(cells)}" for name, cells in begun.groupby(experiments)]
    return f"{total}; of these {'; '.join(parts)}"


def _summary(cells: pd.DataFrame) -> str:
    count = f"{len(cells)} cell{'s' * (len(cells) != 1)}"
    superseded = int((cells["status"] == SUPERSEDED).sum())
    count += f" ({superseded} superseded)" if superseded else ""
    on_gpu = cells["device"].astype("str").str.startswith("cuda") if "device" in cells else cells["status"].isna()
    kinds = [(cells[~on_gpu], "core"), (cells[on_gpu], "GPU")]
    return "; ".join([count, *(_hours(of_kind, unit) for of_kind, unit in kinds if len(of_kind))])


def _hours(cells: pd.DataFrame, unit: str) -> str:
    width = pd.to_numeric(cells["threads"], errors="coerce").fillna(1).astype(float) if unit == "core" else 1.0
    speed = cells["steps_per_second"]
    training = (cells["step"].astype(float) / speed.where(speed > 0) * width).sum() / HOUR
    texts = (cells["started"], cells["finished"])
    began, ended = (pd.to_datetime(each, errors="coerce", format="ISO8601", utc=True) for each in texts)
    elapsed = ((ended - began).dt.total_seconds() * width).sum() / HOUR
    words = [f"{_in_words(training)} {unit}-hours of training"] if training else []
    words += (
        [f"{_in_words(elapsed)} {'' if words else f'{unit}-hours '}with evaluation and interruptions"]
        if elapsed
        else []
    )
    hardware = ", ".join(sorted(map(str, cells["processor"].dropna().unique())))
    return "; ".join(part for part in (", ".join(words), hardware) if part)


def _in_words(hours: float) -> str:
    return f"{hours:.1f}" if hours >= 0.1 else f"{hours:.1g}"
