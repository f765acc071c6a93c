"""Data sets whose loading goes wrong in one way each, for cells that are to end badly."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import torch

from tasks.datasets import Dataset
from tasks.fetch import data_folders
from tests.conftest import stripes


def killed(binarisation: str = "dynamic") -> Dataset:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def killed_at(turns: Sequence[int], counter: str, binarisation: str = "dynamic") -> Dataset:
    """Kills the process at these loads, the first is 1; ``counter`` is a file with a byte for each."""
    path = Path(counter)
    with path.open("ab") as file:
        file.write(b"x")
    if path.stat().st_size in turns:
        os.kill(os.getpid(), signal.SIGKILL)
    return stripes()


def hanging(ready: str, binarisation: str = "dynamic") -> Dataset:
    """Hangs, once whoever reads from the named pipe ``ready`` knows it."""
    Path(ready).write_text("")
    signal.pause()
    raise AssertionError


def deaf(ready: str, binarisation: str = "dynamic") -> Dataset:
    """Hangs and hears no signal, as code that never comes back to Python does."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM})
    return hanging(ready)


def signalled(binarisation: str = "dynamic") -> Dataset:
    os.kill(os.getpid(), signal.SIGTERM)
    return stripes()


def too_large(binarisation: str = "dynamic") -> Dataset:
    torch.empty(2**50)
    raise AssertionError


def ended_by(status: int, binarisation: str = "dynamic") -> Dataset:
    os._exit(status)


def first_data_folder(binarisation: str = "dynamic") -> Dataset:
    raise ValueError(str(next(data_folders())))
