"""``python -m benchmarks.replicas [OVERRIDE ...]``: how much faster several cells train as one program.

Measures updates per second of one model alone and of R models as one program, in turns, so that disturbances of the
machine affect both; medians over the repetitions. ``device=cuda`` times a GPU, and ``runner.cuda_graph=true`` steps
that are replayed as a CUDA graph.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from hydra import compose, initialize_config_module
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from runners.cells.cell import Cell
from runners.replicas.replicas import Replica, Replicas
from runners.steps.graph import CudaGraph
from runners.steps.training import Training

Run = TypeVar("Run", bound=Training)

SIZES = (1, 4, 10, 30)
REPETITIONS = 21
SECONDS = 0.25
"""Duration of a repetition of each of the two."""


def main(overrides: Sequence[str]) -> None:
    print("| replicas | alone | as one program | gain |\n| --: | --: | --: | --: |")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            alone, together = rates(configuration([*overrides, f"output={folder}"]), size)
        gain = statistics.median(other / one for one, other in zip(alone, together, strict=True))
        print(
            f"| {size} | {statistics.median(alone):,.0f} | {statistics.median(together):,.0f} | {gain:.2f} |",
            flush=True,
        )


def configuration(overrides: Sequence[str]) -> DictConfig:
    with initialize_config_module("conf", version_base="1.3"):
        config = compose("config", list(overrides), return_hydra_config=True)
    HydraConfig.instance().set_config(config)
    with open_dict(config):
        del config["hydra"]
    return config


def rates(config: DictConfig, size: int) -> tuple[list[float], list[float]]:
    """Updates per second in each repetition: of one model alone, and of ``size`` models as one program."""
    torch.set_num_threads(config.threads)
    alone = begun(Training, config, seed=0)
    graphs = config.runner.cuda_graph and alone.on_gpu
    if graphs:
        alone.record_steps(CudaGraph(alone.device))
    together = Replicas([begun(Replica, config, seed) for seed in range(size)], cuda_graph=graphs)
    found: tuple[list[float], list[float]] = ([], [])
    for repetition in range(REPETITIONS + 1):
        for advance, models, rates in ((alone.advance, 1, found[0]), (together.advance, size, found[1])):
            rate = models * steps_per_second(advance, config.device)
            if repetition:  # the first one is a warm-up
                rates.append(rate)
    return found


def begun(kind: type[Run], config: DictConfig, seed: int) -> Run:
    cell = Cell(OmegaConf.merge(config, {"seed": seed}))  # type: ignore[arg-type]
    cell.folder.mkdir(parents=True, exist_ok=True)
    return kind.begin(cell, config.runner.batch_size, tensorboard=False)


def steps_per_second(advance: Callable[[], None], device: str) -> float:
    began, steps = time.perf_counter(), 0
    while time.perf_counter() < began + SECONDS:
        advance()
        steps += 1
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    return steps / (time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1:])
