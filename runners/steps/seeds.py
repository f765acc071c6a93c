"""Separate random streams, so that one use of random numbers does not affect another.

The streams of initial weights, data order and evaluation do not depend on the estimator, so that all estimators at one
seed start from the same weights and see the same batches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

Stream = Literal["weights", "estimator weights", "data order", "estimator noise", "evaluation"]


def stream_seed(seed: int, stream: Stream) -> int:
    """The seed of one stream of a cell: 63 bits, a hash of both."""
    digest = hashlib.sha256(f"{seed}/{stream}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@contextmanager
def drawing_from(seed: int, stream: Stream, device: str) -> Iterator[None]:
    """Draws inside the block come from the start of the stream.

    After it, the global generators used by cells on this device are restored. Those of other GPUs are never touched.
    """
    before = generator_states(device)
    torch.manual_seed(stream_seed(seed, stream))
    try:
        yield
    finally:
        set_generator_states(before, device)


def generator_states(device: str) -> dict[str, torch.Tensor]:
    """States of the global generators of PyTorch that a cell on this device uses."""
    states = {"cpu": torch.get_rng_state()}
    return states | ({"cuda": torch.cuda.get_rng_state(device)} if device.startswith("cuda") else {})


def set_generator_states(states: dict[str, torch.Tensor], device: str) -> None:
    """Restores the states that :func:`generator_states` returned."""
    torch.set_rng_state(states["cpu"].cpu())
    if "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"].cpu(), device)
