"""The memory that a process uses, and a limit on it."""

from __future__ import annotations

import contextlib
import platform
import resource
from collections.abc import Iterator
from pathlib import Path

import torch


class OutOfMemory(Exception):  # noqa: N818 - an outcome of a measurement
    """A computation needs more memory than its limit."""


def reset_peak_memory(device: str) -> None:
    """Resets the peak, where the system supports it, since one process runs many cells."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory_mb(device: str) -> float:
    """Peak memory since the reset, in 10^6 bytes: of the GPU if ``device`` is one, otherwise of the process."""
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
    """Limits the memory that the block allocates in addition, in 10^9 bytes, including that of threads and libraries.

    Raises:
        OutOfMemory: the block needs more.
    """
    status = Path("/proc/self/status")
    kilobytes = int(status.read_text().split("VmData:")[1].split()[0]) if status.exists() else 0
    before, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (int(gigabytes * 1e9) + 1024 * kilobytes, most))
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if _is_out_of_memory(error):
            raise OutOfMemory(f"more than {gigabytes:g} GB") from error
        raise
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, most))


def _is_out_of_memory(error: Exception) -> bool:
    """On the CPU, PyTorch raises a plain RuntimeError."""
    messages = ("can't allocate memory", "bad_alloc", "not enough memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(text in str(error) for text in messages)
