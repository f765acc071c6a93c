from __future__ import annotations

import resource

import pytest
import torch

from runners.cells.memory import OutOfMemory, at_most, peak_memory_mb, reset_peak_memory


def test_a_block_that_allocates_more_than_its_limit_raises_and_the_limit_ends_with_it():
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with pytest.raises(OutOfMemory, match=r"^more than 0\.2 GB$"), at_most(0.2):
        torch.zeros(10**8)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert torch.zeros(10**8).numel() == 10**8


def test_another_error_of_the_block_stays_what_it_is():
    with pytest.raises(RuntimeError, match="must match"), at_most(1.0):
        torch.zeros(2).add(torch.zeros(3))


def test_peak_memory_counts_from_the_reset():
    reset_peak_memory("cpu")
    before = peak_memory_mb("cpu")
    block = torch.ones(5 * 10**7)
    assert peak_memory_mb("cpu") - before == pytest.approx(200, rel=0.1)
    del block
