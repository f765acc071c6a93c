from __future__ import annotations

import itertools
import json
import multiprocessing
import time
from collections.abc import Callable

import pytest
from torch import Tensor

from runners.cells.execution import run_cell
from runners.measuring.side_by_side import throughput
from runners.measuring.timing import begun
from runners.speed import FILE, phases, summary
from tests.conftest import Compose

QUICK = [
    "runner=speed",
    "runner.steps=2",
    "runner.seconds=0.5",
    "runner.repetitions=2",
    "runner.batch_size=10",
    "runner.bound_images=2",
]
QUICK += ["runner.bound_samples=3", "task=vae_bernoulli", "task.latent.n=5"]


def slow_step(images: Tensor, batch_size: int, task: str) -> Callable[[], None]:
    assert (images.ndim, batch_size, task) == (2, 10, "vae_bernoulli")
    return busy


def busy() -> None:
    """Computes for 50 milliseconds."""
    began = time.process_time()
    while time.process_time() < began + 0.05:
        pass


def step_without_its_package(images: Tensor, batch_size: int) -> Callable[[], None]:
    raise ModuleNotFoundError("No module named 'jax'")


def test_everything_is_timed_and_a_slow_peer_comes_out_slow(compose_cell: Compose):
    here = "_partial_: true, _target_: tests.runners.test_speed"
    tutorial = f"runner.peers.tutorial={{{here}.slow_step, task: '${{names.task}}'}}"
    jax = f"runner.peers.jax={{{here}.step_without_its_package}}"
    config = compose_cell(*QUICK, "estimator=nvil", "runner.workers=2", tutorial, jax)
    cell, _ = run_cell(config, overrides=[])
    assert cell.meta["status"] == "done", cell.meta["reason"]
    scores = cell.meta["scores"]
    assert scores["tutorial_ms"] >= 50
    assert "jax_ms" not in scores
    assert "jax is left out: No module named 'jax'" in (cell.folder / "cell.log").read_text()
    names = ("floor", "step", "data", "forward", "backward", "optimizer", "harness")
    assert all(scores[f"{name}_ms"] > 0 for name in names)
    assert cell.meta["cost_evaluations"] == 1
    times = json.loads((cell.folder / FILE).read_text())
    assert {len(found) for found in times.values()} == {2}
    assert {"alone", "together", "reference", "bound", "bound_floor"} <= set(times)


def test_the_phases_of_a_step_are_what_lies_between_readings_of_the_clock(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch
):
    readings = itertools.count()
    monkeypatch.setattr("runners.speed.clock_of", lambda device: lambda: float(next(readings)))
    training, _ = begun(compose_cell("task.latent.n=5", "estimator=nvil"), batch_size=10, steps=1)
    found = phases(training, steps=3)
    assert found == {"data": 1.0, "forward": 1.0, "backward": 1.0, "optimizer": 1.0, "harness": 4.0}


def test_ratios_are_of_the_same_repetition():
    """A machine that is four times as slow in the second repetition changes no ratio."""
    phases = {name: [1.0, 4.0] for name in ("data", "forward", "backward", "optimizer", "harness")}
    found = summary(
        {**phases, "step": [6.0, 24.0], "floor": [2.0, 8.0], "bound": [3.0, 12.0], "bound_floor": [1.0, 4.0]}
    )
    assert (found["step_by_floor"], found["bound_by_floor"], found["harness_share"]) == (3.0, 3.0, 0.4)
    assert "step_by_tutorial" not in found


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("runner.steps=0", "runner.steps=0: an integer of at least 1 is needed"),
        ("runner.workers=0", "runner.workers=0: an integer of at least 1 is needed"),
        ("runner.bound_images=0", "runner.bound_images=0: an integer of at least 1 is needed"),
    ],
)
def test_bad_settings_are_named(compose_cell: Compose, override: str, message: str):
    _, ending = run_cell(compose_cell(*QUICK, override), overrides=[])
    assert ending.status == "failed"
    assert message in str(ending.reason)


def test_processes_that_wait_do_so_at_the_same_time():
    both = multiprocessing.get_context("fork").Barrier(2)
    assert throughput(lambda: both.wait(600), 10, workers=2) > 0
    assert throughput(lambda: time.sleep(0.02), 10, workers=2) <= 2 / 0.02
    assert not multiprocessing.active_children()


def test_a_step_that_needs_more_memory_than_allowed_is_skipped_and_the_next_cell_is_timed(compose_cell: Compose):
    large = compose_cell(*QUICK, "estimator=enumeration", "task.latent.n=14", "runner.limit_gb=0.5")
    cell, _ = run_cell(large, overrides=[])
    assert (cell.meta["status"], cell.meta["reason"]) == ("skipped", "a step needs more than 0.5 GB (runner.limit_gb)")
    cell, _ = run_cell(compose_cell(*QUICK), overrides=[])
    assert cell.meta["status"] == "done"
