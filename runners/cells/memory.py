"""How much memory a process holds, and may hold."""

from __future__ import annotations

import contextlib
import platform
import resource
from collections.abc import Iterator
from pathlib import Path

import torch


class OutOfMemory(Exception):  # noqa: N818 - an outcome of a measurement
    """What was measured needs more memory than it may take."""


def reset_peak_memory(device: str) -> None:
    """Starts counting again, where the system can: one process runs many cells."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory_mb(device: str) -> float:
    """Most memory held since the reset, in 10^6 bytes: of the GPU for a cell on one, of the process otherwise."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device) / 1e6
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
    except (OSError, IndexError):
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return kilobytes * (1 if platform.system() == "Darwin" else 1024) / 1e6


@contextlib.contextmanager
def at_most(gigabytes: float) -> Iterator[None]:
    """Lets the block allocate so much more than the process holds, 10^9 bytes; threads and libraries take their own.

    Raises:
        OutOfMemory: it needs more.
    """
    held = Path("/proc/self/status")
    kilobytes = int(held.read_text().split("VmData:")[1].split()[0]) if held.exists() else 0
    before, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (int(gigabytes * 1e9) + 1024 * kilobytes, most))
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if _for_want_of_memory(error):
            raise OutOfMemory(f"more than {gigabytes:g} GB") from error
        raise
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, most))


def _for_want_of_memory(error: Exception) -> bool:
    """PyTorch has a class of its own for it on GPUs only."""
    words = ("can't allocate memory", "bad_alloc", "not enough memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(word in str(error) for word in words)
