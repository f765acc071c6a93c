"""The environment in which a cell ran: versions, commit, machine."""

from __future__ import annotations

import functools
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

PACKAGES = ("torch", "numpy", "hydra-core", "gumbel-bench")


def environment(device: str) -> dict[str, Any]:
    """Entries of ``meta.json`` that describe the machine and the versions of the code."""
    gpu = {"gpu": torch.cuda.get_device_name(device)} if device.startswith("cuda") else {}
    return {
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "commit": _commit(),
        "machine": {"system": platform.platform(), "processor": _processor(), **gpu},
        "threads": torch.get_num_threads(),
    }


@functools.cache
def _commit() -> str | None:
    """Commit of the running source tree, followed by + if it has local changes; None outside a checkout."""
    here = Path(__file__).parent
    try:
        described = ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"]
        return subprocess.run(described, cwd=here, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


@functools.cache
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
