"""``python -m runners.measuring.step_cost``: the cost of one training step, measured in a separate process.

It reads a cell's configuration as JSON and writes one JSON object. In a separate process, memory can be measured and
limited; a step that needs more is reported and affects no other process.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf

from estimators import NotApplicable
from runners.cells.memory import OutOfMemory, at_most
from runners.cells.record import Cost
from runners.measuring.timing import begun, clock_of, load_libraries

WARM_UP = 2
"""Steps that are not timed: the first ones allocate the optimizer's state and fill the caches."""

FEWEST = 3
"""The smallest number of timed steps, even if they take longer than the requested time."""


def step_cost(config: DictConfig, *, batch_size: int, seconds: float, limit_gb: float, limit_seconds: float) -> Cost:
    """Measures the training step of a cell in a new process.

    Args:
        config: configuration of the cell.
        batch_size: examples per step; separate labelled images of the data come in addition.
        seconds: time spent on timed steps, of which there are at least :data:`FEWEST`.
        limit_gb: limit on the memory of data, model and steps on the CPU, 10^9 bytes.
        limit_seconds: limit on the total time.

    Raises:
        RuntimeError: the step failed for another reason than these limits; the message is the process's last line.
    """
    order = {"batch_size": batch_size, "seconds": seconds, "limit_gb": limit_gb}
    text = json.dumps({"config": OmegaConf.to_container(config, resolve=True), **order})
    command = [sys.executable, "-m", "runners.measuring.step_cost"]
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=limit_seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"outcome": "too slow", "reason": f"more than {limit_seconds:g} s for {WARM_UP + FEWEST} steps"}
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"the process ended with {done.returncode}"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def measure(config: DictConfig, batch_size: int, seconds: float) -> Cost:
    """Median time of complete updates, without drawing the batch, and their peak memory with data and model.

    Memory is the peak memory of the process minus its memory before data and model were loaded.
    """
    training, peak = begun(config, batch_size, WARM_UP)
    now = clock_of(config.device)
    times: list[float] = []
    while len(times) < FEWEST or sum(times) < seconds:
        batch = next(training.batches)
        began = now()
        losses = training.learn_from(batch)
        times.append(now() - began)
        training.add_step(losses, times[-1])
    milliseconds = 1e3 * statistics.median(times)
    return {"outcome": "measured", "milliseconds": milliseconds, "peak_mb": round(peak, 1), "steps": len(times)}


def main() -> None:
    order: dict[str, Any] = json.load(sys.stdin)
    try:
        config: Any = DictConfig(order.pop("config"))
        torch.set_num_threads(config.threads)
        load_libraries(config)
        with at_most(order.pop("limit_gb")):
            cost = measure(config, **order)
    except NotApplicable as reason:
        cost: Cost = {"outcome": "does not apply", "reason": str(reason)}
    except OutOfMemory as reason:
        cost: Cost = {"outcome": "out of memory", "reason": str(reason)}
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
