"""Data sets whose loading goes wrong in one way each, for cells that are to end badly."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import torch

from tasks.datasets import Dataset
from tasks.fetch import data_folders
from tests.conftest import stripes


def killed(binarisation: str = "dynamic") -> Dataset:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def killed_twice(counter: str, binarisation: str = "dynamic") -> Dataset:
    """Kills the process the first two times; ``counter`` is a file with a byte for each."""
    path = Path(counter)
    times = len(path.read_bytes()) if path.exists() else 0
    if times < 2:
        path.write_bytes(b"x" * (times + 1))
        os.kill(os.getpid(), signal.SIGKILL)
    return stripes()


def hanging(binarisation: str = "dynamic") -> Dataset:
    time.sleep(600)
    raise AssertionError


def deaf(binarisation: str = "dynamic") -> Dataset:
    """Hangs and hears no signal, as code that never comes back to Python does."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM})
    time.sleep(600)
    raise AssertionError


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
