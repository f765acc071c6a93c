from __future__ import annotations

import torch

from runners.steps.seeds import drawing_from, stream_seed


def test_every_stream_of_every_seed_is_another():
    streams = ("weights", "estimator weights", "data order", "estimator noise", "evaluation")
    seeds = {stream_seed(seed, stream) for seed in range(50) for stream in streams}
    assert len(seeds) == 250


def test_a_stream_starts_at_the_same_place_every_time():
    draws = []
    for _ in range(2):
        with drawing_from(3, "evaluation", "cpu"):
            draws.append(torch.rand(5))
    assert torch.equal(*draws)


def test_drawing_from_a_stream_leaves_the_global_generator_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    with drawing_from(3, "evaluation", "cpu"):
        torch.rand(100)
    assert torch.equal(torch.rand(3), expected)


def test_a_cell_on_the_cpu_leaves_the_gpus_of_the_machine_alone(monkeypatch):
    def touched(*_: object) -> None:
        raise AssertionError("a process that uses a GPU takes memory on it")

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_rng_state", touched)
    monkeypatch.setattr(torch.cuda, "set_rng_state", touched)
    with drawing_from(3, "evaluation", "cpu"):
        torch.rand(5)
