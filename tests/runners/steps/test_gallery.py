from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.steps.gallery import FILE, as_images
from tasks.batches import Batch
from tasks.vae import VAE
from tests.conftest import Compose
from tests.runners.tiny import TINY, three_side_by_side

FEW_LABELS = "data._target_=tests.conftest.stripes_with_few_labels"


def images_of(cell: Cell) -> dict[str, np.ndarray]:
    with np.load(cell.folder / FILE) as kept:
        return {what: kept[what] for what in kept.files}


@pytest.mark.parametrize(
    ("overrides", "shown"),
    [
        (["task=vae_categorical"], {"samples", "reconstructions"}),
        (["task=vae_bernoulli_two_layers", "task.latent.n=5"], {"samples", "reconstructions"}),
        (["task=sbn_categorical"], {"completions"}),
        (["task=semi_supervised", "task.latent.k=4", FEW_LABELS], {"classes"}),
    ],
)
def test_a_cell_that_is_trained_keeps_images_of_all_that_its_task_shows(
    overrides: list[str], shown: set[str], compose_cell: Compose
):
    cell, _ = run_cell(compose_cell(*overrides, "runner.test=false", "runner.steps=3"), overrides)
    found = images_of(cell)
    assert set(found) == shown
    for strip in found.values():
        assert strip.shape == (10, 28, 28)
        assert strip.dtype == np.uint8
        assert strip.std() > 0


def test_the_same_cell_keeps_the_same_bytes(compose_cell: Compose, tmp_path: Path):
    cells = [run_cell(compose_cell(*TINY, f"output={tmp_path / name}"), [])[0] for name in ("one", "other")]
    one, other = ((cell.folder / FILE).read_bytes() for cell in cells)
    assert one == other


def test_each_replica_keeps_images_of_its_own_model(compose_cell: Compose):
    samples = [images_of(cell)["samples"] for cell in three_side_by_side(compose_cell)]
    assert len(samples) == 3
    assert (samples[0] != samples[1]).any()


class Shy(VAE):
    """Trained as any other, but it cannot be shown."""

    def gallery(self, batch: Batch, n: int) -> dict[str, Tensor]:
        raise IndexError("no image of me")


def test_a_model_that_cannot_be_shown_has_its_scores_all_the_same(compose_cell: Compose):
    cell, _ = run_cell(compose_cell(*TINY, f"task._target_={__name__}.Shy"), [])
    assert cell.meta["status"] == "done"
    assert not (cell.folder / FILE).exists()
    assert "no gallery.npz: IndexError: no image of me" in (cell.folder / "cell.log").read_text()


def test_grey_levels_are_rounded_and_stay_within_their_range():
    levels = as_images(torch.tensor([[0.0, 1.0, 0.501, 0.999], [-0.1, 1.1, torch.nan, 0.5 / 255]]))
    assert levels.tolist() == [[[0, 255], [128, 255]], [[0, 255], [0, 0]]]


def test_images_that_are_no_squares_are_rows():
    assert as_images(torch.zeros(2, 6)).shape == (2, 1, 6)
