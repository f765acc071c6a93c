from __future__ import annotations

import numpy as np
import pytest

from runners.cells.execution import run_cell
from runners.steps.decode import gallery
from tests.conftest import Compose

FEW_LABELS = "data._target_=tests.conftest.stripes_with_few_labels"


@pytest.mark.parametrize(
    ("overrides", "shown"),
    [
        (["task=vae_categorical"], {"samples", "reconstructions"}),
        (["task=vae_bernoulli_two_layers", "task.latent.n=5"], {"samples", "reconstructions"}),
        (["task=sbn_categorical"], {"completions"}),
        (["task=semi_supervised", "task.latent.k=4", FEW_LABELS], {"classes"}),
    ],
)
def test_a_finished_cell_shows_its_pictures_the_same_ones_each_time(
    overrides: list[str], shown: set[str], compose_cell: Compose
):
    cell, _ = run_cell(compose_cell(*overrides), overrides)
    strips, again = gallery(cell.folder, 10), gallery(cell.folder, 10)
    assert set(strips) == shown
    for what, strip in strips.items():
        assert strip.shape == (10, 28, 28)
        assert strip.min() >= 0
        assert strip.max() <= 1
        np.testing.assert_array_equal(strip, again[what])
