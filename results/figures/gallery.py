"""Images by trained models, as their cells keep them: decoded codes, reconstructions, completions, classes."""

from __future__ import annotations

import io
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from results.figures.style import INK, PAGE, SMALL
from results.reading.statuses import DONE
from runners.cells.files import read_file

FILE = "gallery.npz"
"""Which a cell writes at the end of training, see :data:`runners.steps.gallery.FILE`."""

LARGEST = 16 * 10**6
"""Bytes of it, also unpacked: 20,000 images of 784 pixels."""

STRIP, CHARACTERS = 0.47, 110
"""Height of a strip, inches, and letters in a line of words below them."""

TRAINING = "runners.train.train"
"""The runner whose cells have one."""


def galleries(title: str, cells: pd.DataFrame, folder: Path) -> Iterator[tuple[str, Figure]]:
    """For each thing that the models show, its name and a figure with a strip of images for each method.

    A method is shown by its cell with the lowest seed, done or not.

    Args:
        title: what the cells have in common.
        cells: those of one task and data set, with the column ``method``.
        folder: that the cells' folders lie in.
    """
    first = cells.sort_values("seed", kind="stable").groupby("method").head(1).set_index("method", drop=False)
    first = first.loc[list(dict.fromkeys(cells["method"]))]
    found = {str(cell["method"]): strips(folder, cell) for _, cell in first.iterrows()}
    labels = {
        str(method): f"{method}" if status == DONE else f"{method}\n({status})"
        for method, status in zip(first["method"], first["status"], strict=True)
    }
    shown = dict.fromkeys(what for kept in found.values() if isinstance(kept, dict) for what in kept)
    for what in shown:
        rows = {
            labels[method]: kept if isinstance(kept, str) else kept.get(what, f"no {what}")
            for method, kept in found.items()
        }
        yield what, _figure(title, what, rows)


def without_images(cells: pd.DataFrame, folder: Path) -> list[str]:
    """A note of the trained cells that have no images, and how they get them; none where all have."""
    trained = cells[cells["status"] == DONE]
    trained = trained[trained["runner._target_"] == TRAINING] if "runner._target_" in trained else trained.head(0)
    lacking = [name for name in trained["folder"].dropna() if not (folder / str(name) / FILE).exists()]
    if not lacking:
        return []
    return [
        f"{len(lacking)} of {len(trained)} trained cells have no {FILE}, so figures have no images of them. The same "
        f"command with another output and 'runner.extend_from=[{folder}]' makes it from their checkpoints, without "
        f"training; from records alone it trains them again."
    ]


COLUMNS = {
    "samples": "each image: decoded from a random code",
    "reconstructions": "in turn: a test image, and its reconstruction beside it",
    "completions": "twice: a test image, then completions of its upper half",
    "classes": "a column for each class; one style",
}
"""What stands in a strip of the tasks that come with the package, see ``Task.gallery``."""


def _figure(title: str, what: str, rows: dict[str, np.ndarray | str]) -> Figure:
    """Labelled strips of images; below them what they show, and which methods have none, and why."""
    strips = {label: row for label, row in rows.items() if not isinstance(row, str)}
    words = [COLUMNS[what]] if what in COLUMNS else []
    without: dict[str, list[str]] = {}
    for label, reason in rows.items():
        if isinstance(reason, str):
            without.setdefault(reason, []).append(" ".join(label.split()))
    for reason, labels in without.items():
        words += textwrap.wrap(f"{reason}: {', '.join(labels)}", CHARACTERS)
    figure = Figure(figsize=(PAGE, STRIP * len(strips) + 0.35 + 0.15 * len(words)), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.01)  # type: ignore[union-attr]
    figure.suptitle(f"{title}: {what}", fontweight="bold", x=0.01, ha="left")
    panels = figure.subplots(len(strips), 1, squeeze=False)[:, 0]
    longest = max(map(len, strips.values()))
    for axes, (label, strip) in zip(panels, strips.items(), strict=True):
        axes.set_ylabel(label, rotation=0, ha="right", va="center")
        axes.set(xticks=[], yticks=[], xlim=(0, longest), ylim=(1, 0), aspect="equal")
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        images = np.concatenate(list(strip), axis=1)
        axes.imshow(255 - images, cmap="gray", vmin=0, vmax=255, extent=(0, len(strip), 1, 0), interpolation="nearest")
    figure.supxlabel("\n".join(words), fontsize=SMALL, color=INK)
    return figure


def strips(folder: Path, cell: pd.Series) -> dict[str, np.ndarray] | str:
    """The images of a cell by what they show, ``[images, height, width]`` each, or words where there are none."""
    try:
        if pd.isna(cell["folder"]):
            raise FileNotFoundError
        content = io.BytesIO(read_file(folder / str(cell["folder"]) / FILE, LARGEST))
        if sum(member.file_size for member in zipfile.ZipFile(content).infolist()) > LARGEST:
            raise ValueError("a few bytes may be an archive of any size")
        with np.load(content) as kept:
            return {what: _checked(kept[what]) for what in kept.files}
    except FileNotFoundError:
        return f"no {FILE}" if cell["status"] == DONE else "no images"
    except Exception:  # an archive of anybody's may hold anything; a figure of the rest is still wanted
        return f"unreadable {FILE}"


def _checked(strip: np.ndarray) -> np.ndarray:
    if strip.dtype != np.uint8 or strip.ndim != 3 or not strip.size:
        raise ValueError(f"{strip.dtype}{list(strip.shape)}: images are uint8[images, height, width]")
    return strip
