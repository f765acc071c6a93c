"""What a cell ran on: versions, commit, machine, memory."""

from __future__ import annotations

import contextlib
import functools
import platform
import resource
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

PACKAGES = ("torch", "numpy", "hydra-core", "gumbel-bench")


def environment() -> dict[str, Any]:
    """Entries of ``meta.json`` that tell two machines or two versions of the code apart."""
    return {
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "commit": _commit(),
        "machine": {"system": platform.platform(), "processor": _processor()},
        "threads": torch.get_num_threads(),
    }


def reset_peak_memory() -> None:
    """Starts counting anew, where the system can: one process runs many cells."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory_mb(device: str) -> float:
    """Most memory held since the reset, in 10^6 bytes: of the GPU for a cell on one, of the process otherwise."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated() / 1e6
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
    except (OSError, IndexError):
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return kilobytes * (1 if platform.system() == "Darwin" else 1024) / 1e6


@functools.cache
def _commit() -> str | None:
    """Commit of the source tree that is running, with a + when it has local changes; None outside a checkout."""
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
