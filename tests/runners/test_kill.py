"""``kill -9`` at random moments, many times, and the same cell again: the numbers are those of an undisturbed run."""

from __future__ import annotations

import multiprocessing
import random
import time
from pathlib import Path

import pytest

from runners.execution import run_cell
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
LONGEST = 0.5
"""Seconds that a process lives at most before it is killed; several checkpoints are written in that time."""


def cases() -> list[object]:
    """All of them, of which the first family and optimizer are quick enough for every run of the tests."""
    quick = ("vae", "adam")
    pairs = [(family, optimizer) for family in FAMILIES for optimizer in ("adam", "sgd")]
    return [pytest.param(*pair, marks=[] if pair == quick else pytest.mark.slow) for pair in pairs]


@pytest.mark.parametrize("estimator", ["nvil", "rebar"])
@pytest.mark.parametrize(("family", "optimizer"), cases())
def test_a_cell_that_is_killed_again_and_again_ends_with_the_same_bits(
    compose_cell: Compose, tmp_path: Path, family: str, optimizer: str, estimator: str
):
    overrides = [*FAMILIES[family], f"estimator={estimator}", f"optimizer={optimizer}", "runner.steps=600"]
    overrides += ["runner.evaluate_every=20", "runner.checkpoint_every=3", "runner.attempts=1000"]
    whole, _ = run_cell(compose_cell(*overrides), [])
    assert whole.meta["status"] == "done", whole.meta["reason"]
    config = compose_cell(*overrides, f"output={tmp_path / 'killed'}")
    moments = random.Random(f"{family} {optimizer} {estimator}")
    kills = 0  # a machine that is fast enough ends the cell before all of them
    for _ in range(KILLS):
        process = multiprocessing.get_context("fork").Process(target=run_cell, args=(config, []))
        process.start()
        time.sleep(moments.uniform(0, LONGEST))
        kills += process.is_alive()
        process.kill()
        process.join()
    assert kills >= 3, kills
    cell, _ = run_cell(config, [])
    assert cell.meta["status"] == "done"
    assert (cell.folder / "metrics.jsonl").read_bytes() == (whole.folder / "metrics.jsonl").read_bytes()
    assert cell.meta["scores"] == whole.meta["scores"]
    assert not list(cell.folder.glob("*.tmp"))
