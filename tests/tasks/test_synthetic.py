from __future__ import annotations

import pytest

from tasks.synthetic import noise


def test_labels_cover_the_classes_and_pixels_are_black_or_white():
    dataset = noise(pictures=200, classes=3)
    assert dataset.train.labels is not None
    assert set(dataset.train.labels.tolist()) == {0, 1, 2}
    assert set(dataset.train.images.unique().tolist()) == {0, 255}
    assert 0.15 < dataset.mean.mean() < 0.25


def test_only_the_labelled_images_keep_their_labels():
    dataset = noise(pictures=30, classes=3, labelled=10)
    assert dataset.labelled is not None
    assert dataset.labelled.labels is not None
    assert (len(dataset.labelled), len(dataset.train), dataset.train.labels) == (10, 20, None)


@pytest.mark.parametrize(("key", "value"), [("pictures", 0), ("classes", 0), ("labelled", 0), ("labelled", 1000)])
def test_impossible_sizes_are_named(key: str, value: int):
    with pytest.raises(ValueError, match=f"{key}={value}: "):
        noise(**{key: value})  # type: ignore[arg-type]
