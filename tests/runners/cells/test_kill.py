"""``kill -9`` anywhere, many times, and the same cell again: the numbers are those of an undisturbed run."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from omegaconf import DictConfig

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


class Calls:
    """Counts the calls and returns of all functions, Python's and C's, and kills the process at one of them."""

    def __init__(self, last: int | None = None) -> None:
        self.count, self.last = 0, last

    def __call__(self, *_: Any) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def within(self, config: DictConfig) -> Cell:
        """Runs the cell."""
        sys.setprofile(self)
        try:
            return run_cell(config, [])[0]
        finally:
            sys.setprofile(None)


def cases() -> list[object]:
    """All of them, of which the first family and optimizer are quick enough for every run of the tests."""
    quick = ("vae", "adam")
    pairs = [(family, optimizer) for family in FAMILIES for optimizer in ("adam", "sgd")]
    return [pytest.param(*pair, marks=[] if pair == quick else pytest.mark.slow) for pair in pairs]


@pytest.mark.parametrize("estimator", ["nvil", pytest.param("rebar", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("family", "optimizer"), cases())
@pytest.mark.parametrize(("kills", "steps"), [(3, 160), pytest.param(6, 600, marks=pytest.mark.slow)])
def test_a_cell_that_is_killed_again_and_again_ends_with_the_same_bits(
    compose_cell: Compose, tmp_path: Path, family: str, optimizer: str, estimator: str, kills: int, steps: int
):
    """Each time before its share of the calls of an undisturbed run is made, so that it cannot end before; the last
    time at the end of the share, where it has made steps."""
    overrides = [*FAMILIES[family], f"estimator={estimator}", f"optimizer={optimizer}", f"runner.steps={steps}"]
    overrides += ["runner.evaluate_every=20", "runner.checkpoint_every=3", "runner.attempts=1000"]
    warm = compose_cell(*overrides, "runner.steps=1", f"output={tmp_path / 'warm'}")
    run_cell(warm, [])  # so that what is imported and cached is not counted
    undisturbed = Calls()
    whole = undisturbed.within(compose_cell(*overrides))
    assert whole.meta["status"] == "done", whole.meta["reason"]
    config = compose_cell(*overrides, f"output={tmp_path / 'killed'}")
    anywhere, share = random.Random(f"{family} {optimizer} {estimator}"), undisturbed.count // kills
    for last in [*(anywhere.randrange(1, share) for _ in range(kills - 1)), share - 1]:
        calls = Calls(last)
        process = multiprocessing.get_context("fork").Process(target=calls.within, args=(config,))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    assert list(Cell(config).folder.glob("checkpoint*.pt"))
    cell, _ = run_cell(config, [])
    assert cell.meta["status"] == "done"
    assert "continuing from step" in (cell.folder / "cell.log").read_text()
    assert (cell.folder / "metrics.jsonl").read_bytes() == (whole.folder / "metrics.jsonl").read_bytes()
    assert cell.meta["scores"] == whole.meta["scores"]
    assert not list(cell.folder.glob("*.tmp*"))
