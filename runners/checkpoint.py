"""The state of an interrupted training run, complete enough to continue with the same bits."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch


def save(path: Path, state: dict[str, Any]) -> None:
    """Writes the state; a reader sees the old file or the whole new one."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load(path: Path, device: str = "cpu") -> dict[str, Any]:
    """Reads tensors and plain containers only, so a checkpoint cannot run code.

    Raises:
        FileNotFoundError: there is none.
    """
    return torch.load(path, map_location=device, weights_only=True)
