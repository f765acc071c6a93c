"""Pictures from the models of finished cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from omegaconf import DictConfig, OmegaConf

from runners import checkpoint
from runners.assemble import assemble_task
from runners.seeds import drawing_from


@torch.no_grad()
def decoded_samples(folder: Path, n: int) -> np.ndarray:
    """Pictures that the cell's model decodes from ``n`` random codes: ``[n, 28, 28]`` in [0, 1].

    Raises:
        FileNotFoundError: the cell has no checkpoint.
    """
    state = checkpoint.load(folder / "checkpoint.pt")
    config = OmegaConf.load(folder / "config.yaml")
    assert isinstance(config, DictConfig)
    task = assemble_task(config, pixel_mean=state["task"]["pixel_mean"])
    task.load_state_dict(state["task"])
    with drawing_from(config.seed, "evaluation"):
        pictures = task.samples(n)
    return pictures.reshape(n, 28, -1).numpy()
