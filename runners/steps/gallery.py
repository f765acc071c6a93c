"""Images that show what a trained model has learned."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from runners.cells.containment import describe
from runners.cells.files import replacing
from runners.cells.interruption import TimedOut
from runners.cells.progress import log
from runners.steps.seeds import drawing_from
from tasks.batches import Batch, evaluation_set
from tasks.datasets import Dataset
from tasks.evaluation import evaluation_mode
from tasks.task import Task

FILE = "gallery.npz"
"""File in a cell's folder: one strip of images for each kind that its task shows, uint8 ``[images, height, width]``,
255 where the model sees 1. Only NumPy is needed to read it, neither the model nor the data."""

COUNT = 10
"""Images per strip."""


def write_gallery(folder: Path, task: Task, dataset: Dataset, seed: int, device: str) -> None:
    """Writes the strips of ``task.gallery``; the same model and seed give the same bytes.

    If the gallery fails, the error is logged and there is no file, so that the trained cell is not lost.
    """
    try:
        images: dict[str, Any] = strips(task, dataset, seed, device)
        with replacing(folder / FILE) as path:
            np.savez_compressed(path, **images)
    except (OSError, TimedOut):
        raise
    except Exception as error:  # a user's task may raise anything
        log.warning("no %s: %s", FILE, describe(error))


@torch.no_grad()
def strips(task: Task, dataset: Dataset, seed: int, device: str) -> dict[str, np.ndarray]:
    """Strips of test images and of the model's samples, by kind, as in :data:`FILE`."""
    held_out = evaluation_set(dataset.test, dataset.binarisation)
    spread = torch.linspace(0, len(held_out.x) - 1, COUNT).long()  # some data sets are sorted by class
    batch = Batch(held_out.x[spread], None)
    with drawing_from(seed, "evaluation", device), evaluation_mode(task):
        return {kind: as_images(strip) for kind, strip in task.gallery(batch, COUNT).items()}


def as_images(strip: Tensor) -> np.ndarray:
    """Grey levels ``[images, height, width]`` from ``[images, pixels]`` in [0, 1]: squares, or else rows of pixels."""
    side = math.isqrt(strip.shape[-1])
    height = side if side * side == strip.shape[-1] else 1
    levels = (255 * strip.nan_to_num().clamp(0, 1)).round().to(torch.uint8)
    return levels.reshape(len(strip), height, -1).cpu().numpy()
