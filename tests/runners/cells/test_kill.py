"""``kill -9`` at random moments, many times, and the same cell again: the numbers are those of an undisturbed run."""

from __future__ import annotations

import multiprocessing
import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from runners.cells import checkpoint
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from tests.conftest import Compose

FAMILIES = {
    "vae": ("task=vae_bernoulli", "task.latent.n=20"),
    "sbn": ("task=sbn_bernoulli", "task.latent.n=20"),
    "semi_supervised": (
        "task=semi_supervised",
        "task.latent.k=4",
        "task.networks.hidden=[20]",
        "data._target_=tests.conftest.stripes_with_few_labels",
    ),
    "embedding": ("task=embedding", "task.latent.k=50", "task.features=4"),
}

KILLS = 12
STEPS = 600
FARTHEST = 20
"""Steps that a process saves, at most, before it is killed."""


def cases() -> list[object]:
    """All of them, of which the first family and optimizer are quick enough for every run of the tests."""
    quick = ("vae", "adam")
    pairs = [(family, optimizer) for family in FAMILIES for optimizer in ("adam", "sgd")]
    return [pytest.param(*pair, marks=[] if pair == quick else pytest.mark.slow) for pair in pairs]


def step_of(path: Path) -> int:
    """Of the last checkpoint; one is moved aside before the next is there."""
    for candidate in (path, checkpoint.previous(path)):
        with suppress(FileNotFoundError):
            return checkpoint.load(candidate)["step"]
    return 0


@pytest.mark.parametrize("estimator", ["nvil", pytest.param("rebar", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("family", "optimizer"), cases())
def test_a_cell_that_is_killed_again_and_again_ends_with_the_same_bits(
    compose_cell: Compose, tmp_path: Path, family: str, optimizer: str, estimator: str
):
    overrides = [*FAMILIES[family], f"estimator={estimator}", f"optimizer={optimizer}", f"runner.steps={STEPS}"]
    overrides += ["runner.evaluate_every=20", "runner.checkpoint_every=3", "runner.attempts=1000"]
    whole, _ = run_cell(compose_cell(*overrides), [])
    assert whole.meta["status"] == "done", whole.meta["reason"]
    config = compose_cell(*overrides, f"output={tmp_path / 'killed'}")
    moments = random.Random(f"{family} {optimizer} {estimator}")
    path = Cell(config).folder / "checkpoint.pt"
    kills = 0
    for _ in range(KILLS):
        wanted = step_of(path) + moments.randrange(FARTHEST)
        process = multiprocessing.get_context("fork").Process(target=run_cell, args=(config, []))
        process.start()
        while process.is_alive() and step_of(path) < wanted:
            time.sleep(0.001)
        kills += process.is_alive()
        process.kill()
        process.join()
    assert kills >= 3, kills
    assert step_of(path) > 0
    cell, _ = run_cell(config, [])
    assert cell.meta["status"] == "done"
    assert (cell.folder / "metrics.jsonl").read_bytes() == (whole.folder / "metrics.jsonl").read_bytes()
    assert cell.meta["scores"] == whole.meta["scores"]
    assert not list(cell.folder.glob("*.tmp*"))
