"""Our training curves compared with the published ones: Hooper & Shekhovtsov 2026."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pandas as pd

from results.experiment import Experiment
from results.reading.collect import Results
from results.reading.labels import Label
from results.reading.statuses import SUPERSEDED
from results.sections.section import Section
from results.writing.columns import NATS, SEEDS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import Table

SOURCE = "hooper_shekhovtsov_2026.csv"
"""Mean and standard deviation over seeds of the training loss, computed from the result files published with
*Generalized and Optimal Straight-Through Estimators* (AISTATS 2026). ZGR is ReinMax at temperature 1."""

DATA, IMAGES, BATCH = "mnist_60k-none", 60_000, 200

KEYS = ["n", "k", "estimator", "temperature"]

TITLE = "Comparison with published training curves"

LIMIT = 3.0
"""Differences up to this many standard errors count as agreement."""

COLUMNS: Columns = {
    "n": Column("integer", "latent variables"),
    "k": Column("integer", "classes of each"),
    "temperature": Column("number", "constant temperature; empty for a schedule or none", decimals=1),
    "epoch": Column("integer", "of 300 steps"),
    "ours": Column("number", "training loss, mean over the epoch and over seeds", NATS, 2),
    "seeds": Column("integer", "our seeds", SEEDS),
    "published": Column("number", "the same, published", NATS, 2),
    "deviation": Column("number", "published standard deviation over seeds", NATS, 2),
    "published_seeds": Column("integer", "published seeds", SEEDS),
    "standard_errors": Column("number", "ours - published, in standard errors of this difference", decimals=1),
}


def section(experiment: Experiment) -> Section | None:
    frame = beside_published(experiment.trained)
    if frame.empty:
        return None
    table = curve_table(frame, experiment.label)
    return Section("published_curves", TITLE, [table], data={"published_curves": Data(frame, COLUMNS)}, printed=True)


def published() -> pd.DataFrame:
    """One row per number of the paper: :data:`KEYS`, ``epoch``, ``published``, ``deviation``, ``published_seeds``."""
    with (files("results.sections") / SOURCE).open(encoding="utf-8") as file:
        return pd.read_csv(file)


def beside_published(results: Results) -> pd.DataFrame:
    """One row per number of the paper for which there are cells, with the columns :data:`COLUMNS`.

    The standard error of a difference is s √(1/5 + 1/n) for n of our seeds, with the standard deviation s of the five
    published seeds.
    """
    cells = _on_the_protocol(results.cells)
    losses = results.curves[results.curves["metric"] == "train_loss"].merge(cells, on="cell")
    losses = losses.assign(epoch=losses["step"] * BATCH // IMAGES)
    ours = losses.groupby([*KEYS, "epoch"], dropna=False)["value"].agg(ours="mean", seeds="count").reset_index()
    both = published().merge(ours, on=[*KEYS, "epoch"])
    error = both["deviation"] * np.sqrt(1 / both["published_seeds"] + 1 / both["seeds"])
    both["standard_errors"] = (both["ours"] - both["published"]) / error
    return both[[*KEYS, *(name for name in COLUMNS if name not in KEYS)]]


def curve_table(frame: pd.DataFrame, label: Label = str) -> Table:
    """Three rows per model and method, ours, published and the difference, and one column per epoch."""
    rows = []
    for _, epochs in frame.groupby(KEYS, dropna=False, sort=False):
        first = epochs.iloc[0]
        method = label(str(first["estimator"]))
        if not np.isnan(first["temperature"]):
            method += f", temperature {first['temperature']:g}"
        place = {"model": f"{first['n']} x {first['k']}", "estimator": method}
        for kind, form in {"ours": "{:.2f}", "published": "{:.2f}", "standard_errors": "{:+.1f}"}.items():
            numbers = dict(zip(epochs["epoch"].astype(str), map(form.format, epochs[kind]), strict=True))
            rows.append(place | {"epoch": kind.replace("_", " ")} | numbers)
    within = int((frame["standard_errors"].abs() <= LIMIT).sum())
    headings = ["model", "estimator", "epoch", *map(str, sorted(frame["epoch"].unique()))]
    return Table(
        pd.DataFrame(rows, columns=headings, dtype=object),
        title=TITLE,
        description=(
            "Training loss in nats, mean over an epoch of 300 steps and over seeds, compared with the curves published "
            "with Hooper & Shekhovtsov 2026 (five seeds); the difference in standard errors, and "
            f"{within} of {len(frame)} differences are at most {LIMIT:g}. Seeds of ours: "
            f"{' to '.join(map(str, sorted({frame['seeds'].min(), frame['seeds'].max()})))}."
        ),
    )


def _on_the_protocol(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells that are comparable, with :data:`KEYS`; their losses are means over exactly one epoch each."""
    needed = {"task.latent.n": "n", "task.latent.k": "k", "estimator.temperature": "temperature"}
    needed |= {"runner.batch_size": "batch", "runner.evaluate_every": "every"}
    cells = cells.reindex(columns=["cell", "estimator", "data", "status", *needed]).rename(columns=needed)
    same = (cells["data"] == DATA) & (cells["batch"] * cells["every"] == IMAGES) & (cells["batch"] == BATCH)
    kept = cells[same.fillna(False).astype(bool) & (cells["status"] != SUPERSEDED)]
    numbers = {name: pd.to_numeric(kept[name], errors="coerce").astype("float64") for name in ("n", "k", "temperature")}
    return kept[["cell", "estimator"]].assign(**numbers)
