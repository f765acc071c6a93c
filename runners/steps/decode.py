"""Pictures from the models of finished cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from omegaconf import DictConfig, OmegaConf

from estimators import build
from runners.cells import checkpoint
from runners.steps.assemble import assemble_task
from runners.steps.seeds import drawing_from
from tasks.batches import Batch, evaluation_set
from tasks.datasets import Dataset
from tasks.evaluation import evaluation_mode


@torch.no_grad()
def gallery(folder: Path, n: int) -> dict[str, np.ndarray]:
    """Strips of ``n`` pictures by the cell's model, by what they show: ``[n, 28, 28]`` in [0, 1].

    Raises:
        FileNotFoundError: the cell has no checkpoint.
    """
    state = checkpoint.load(folder / "checkpoint.pt")
    config = OmegaConf.load(folder / "config.yaml")
    assert isinstance(config, DictConfig)
    dataset: Dataset = build(config.data)
    task = assemble_task(config, dataset.mean)
    task.load_state_dict(state["task"])
    held_out = evaluation_set(dataset.test, dataset.binarisation)
    spread = torch.linspace(0, len(held_out.x) - 1, n).long()  # some data sets are sorted by class
    batch = Batch(held_out.x[spread], None)
    with drawing_from(config.seed, "evaluation", "cpu"), evaluation_mode(task):
        strips = task.gallery(batch, n)
    return {what: strip.reshape(len(strip), 28, -1).numpy() for what, strip in strips.items()}
