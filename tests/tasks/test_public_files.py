"""The public files are what is published about them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable

import numpy as np
import pytest
import torch

from tasks.batches import evaluation_set
from tasks.datasets import Binarisation, Dataset, fashion_mnist, mnist
from tasks.sources import BINARISED_TEXT, fixed_binarisation

pytestmark = pytest.mark.skipif(
    not os.environ.get("GUMBEL_BENCH_DATA"), reason="checks the public files, and GUMBEL_BENCH_DATA names no folder"
)


@pytest.mark.parametrize("binarisation", ["fixed", "none"])
def test_all_training_images_are_those_to_train_on_and_those_to_validate_on(binarisation: Binarisation) -> None:
    part, whole = mnist(binarisation), mnist(binarisation, train_size=60_000)
    assert torch.equal(whole.train.images, torch.cat([part.train.images, part.valid.images]))
    assert torch.equal(whole.valid.images, part.valid.images)
    assert (whole.train.labels is None) == (part.train.labels is None)


def test_the_real_fixed_binarisation_is_the_published_text() -> None:
    """The packed rows, written as text, have the sums of the published files."""
    for split, bits in fixed_binarisation().items():
        text = np.full((len(bits), 784, 2), ord(" "), dtype=np.uint8)
        text[:, :, 0] = bits + ord("0")
        text[:, -1, 1] = ord("\n")
        assert hashlib.sha256(text.tobytes()).hexdigest() == BINARISED_TEXT[split]


@pytest.mark.parametrize(
    ("build", "per_class"),
    [(mnist, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]), (fashion_mnist, [1000] * 10)],
)
def test_the_real_test_sets_have_the_published_class_counts(
    build: Callable[..., Dataset], per_class: list[int]
) -> None:
    data = build("dynamic")
    assert [len(data.train), len(data.valid), len(data.test)] == [50_000, 10_000, 10_000]
    assert data.train.images.shape[1] == 784
    assert data.test.labels is not None
    assert data.test.labels.bincount().tolist() == per_class


def test_the_real_fixed_test_rows_are_the_test_images_sorted_by_class() -> None:
    """Black is always 0 and white always 1, so every row fits its image, and 1,038,896 pixels are 1."""
    test = mnist("none").test
    assert test.labels is not None
    grey = test.images[test.labels.argsort(stable=True)]
    fixed = evaluation_set(mnist("fixed").test, "fixed").x
    assert not (fixed[grey == 0] == 1).any()
    assert not (fixed[grey == 255] == 0).any()
    assert fixed.sum() == 1_038_896
