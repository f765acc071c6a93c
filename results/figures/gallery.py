"""Images that trained cells have saved: samples, reconstructions, completions, classes."""

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
"""The file of images that a cell writes at the end of training, see :data:`runners.steps.gallery.FILE`."""

LARGEST = 16 * 10**6
"""Size limit of this file, packed and unpacked, bytes: 20,000 images of 784 pixels."""

STRIP, CHARACTERS = 0.47, 110
"""Height of a strip of images, inches, and length of a line of text below the strips, characters."""

TRAINING = "runners.train.train"
"""The runner whose cells have images."""


def galleries(title: str, cells: pd.DataFrame, folder: Path) -> Iterator[tuple[str, Figure]]:
    """For each kind of image, its name and a figure with one strip of images per method.

    The images of a method are those of its cell with the lowest seed, whatever its status.

    Args:
        title: what the cells have in common.
        cells: the cells of one task and data set, with the column ``method``.
        folder: the folder that contains the cells' folders.
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
    """A note about trained cells without images and how to make them; empty if all cells have images."""
    trained = cells[cells["status"] == DONE]
    trained = trained[trained["runner._target_"] == TRAINING] if "runner._target_" in trained else trained.head(0)
    lacking = [name for name in trained["folder"].dropna() if not (folder / str(name) / FILE).exists()]
    if not lacking:
        return []
    return [
        f"{len(lacking)} of {len(trained)} trained cells have no {FILE}, so the figures do not show their images. To "
        f"make the images, run the same command with another output and 'runner.extend_from=[{folder}]'; this needs "
        f"no training if the cells have checkpoints."
    ]


COLUMNS = {
    "samples": "each image is decoded from a random code",
    "reconstructions": "pairs of a test image and its reconstruction",
    "completions": "twice a test image, then completions of its upper half",
    "classes": "one column per class, all of the same style",
}
"""The images in a strip, by kind, for the tasks of this package, see ``Task.gallery``."""


def _figure(title: str, what: str, rows: dict[str, np.ndarray | str]) -> Figure:
    """Labelled strips of images. The text below describes the images, and says which methods have none and why."""
    strips = {label: row for label, row in rows.items() if not isinstance(row, str)}
    lines = [COLUMNS[what]] if what in COLUMNS else []
    without: dict[str, list[str]] = {}
    for label, reason in rows.items():
        if isinstance(reason, str):
            without.setdefault(reason, []).append(" ".join(label.split()))
    for reason, labels in without.items():
        lines += textwrap.wrap(f"{reason}: {', '.join(labels)}", CHARACTERS)
    figure = Figure(figsize=(PAGE, STRIP * len(strips) + 0.35 + 0.15 * len(lines)), layout="constrained")
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
    figure.supxlabel("\n".join(lines), fontsize=SMALL, color=INK)
    return figure


def strips(folder: Path, cell: pd.Series) -> dict[str, np.ndarray] | str:
    """The images of a cell by kind, ``uint8[images, height, width]``, or the reason why there are none."""
    try:
        if pd.isna(cell["folder"]):
            raise FileNotFoundError
        content = io.BytesIO(read_file(folder / str(cell["folder"]) / FILE, LARGEST))
        if sum(member.file_size for member in zipfile.ZipFile(content).infolist()) > LARGEST:
            raise ValueError("a small archive may unpack to any size")
        with np.load(content) as kept:
            return {what: _checked(kept[what]) for what in kept.files}
    except FileNotFoundError:
        return f"no {FILE}" if cell["status"] == DONE else "no images"
    except Exception:  # the file may contain anything, and must not prevent the figure of the other cells
        return f"unreadable {FILE}"


def _checked(strip: np.ndarray) -> np.ndarray:
    if strip.dtype != np.uint8 or strip.ndim != 3 or not strip.size:
        raise ValueError(f"{strip.dtype}{list(strip.shape)}: images must be uint8[images, height, width]")
    return strip
