from __future__ import annotations

import torch

from runners.seeds import drawing_from, stream_seed


def test_every_stream_of_every_seed_is_another():
    streams = ("weights", "estimator weights", "data order", "estimator noise", "evaluation")
    seeds = {stream_seed(seed, stream) for seed in range(50) for stream in streams}
    assert len(seeds) == 250


def test_a_stream_starts_at_the_same_place_every_time():
    draws = []
    for _ in range(2):
        with drawing_from(3, "evaluation"):
            draws.append(torch.rand(5))
    assert torch.equal(*draws)


def test_drawing_from_a_stream_leaves_the_global_generator_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    with drawing_from(3, "evaluation"):
        torch.rand(100)
    assert torch.equal(torch.rand(3), expected)
