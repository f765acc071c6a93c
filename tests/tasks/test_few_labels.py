from __future__ import annotations

import pytest
import torch

from tasks import few_labels as module
from tasks.datasets import Dataset
from tasks.few_labels import few_labels
from tests.conftest import stripes


@pytest.fixture(autouse=True)
def small_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.SOURCES, "mnist", stripes)


def labels_of(dataset: Dataset) -> torch.Tensor:
    assert dataset.labelled is not None
    assert dataset.labelled.labels is not None
    return dataset.labelled.labels


def test_every_class_has_as_many_labels():
    assert labels_of(few_labels("mnist", per_class=3)).bincount().tolist() == [3, 3, 3, 3]


def test_labelled_and_unlabelled_images_are_the_training_set_in_two_parts():
    dataset, full = few_labels("mnist", per_class=3), stripes()
    assert dataset.labelled is not None
    assert dataset.train.labels is None
    both = torch.cat([dataset.labelled.images, dataset.train.images])
    assert sorted(map(bytes, both.numpy())) == sorted(map(bytes, full.train.images.numpy()))


def test_labels_stay_with_their_images():
    dataset, full = few_labels("mnist", per_class=3), stripes()
    assert dataset.labelled is not None
    assert full.train.labels is not None
    label_of = dict(zip(map(bytes, full.train.images.numpy()), full.train.labels.tolist(), strict=True))
    assert [label_of[bytes(image)] for image in dataset.labelled.images.numpy()] == labels_of(dataset).tolist()


def test_the_seed_alone_decides_the_choice():
    first, same, other = (few_labels("mnist", per_class=3, label_seed=seed) for seed in (0, 0, 1))
    assert first.labelled is not None
    assert same.labelled is not None
    assert other.labelled is not None
    assert torch.equal(first.labelled.images, same.labelled.images)
    assert not torch.equal(first.labelled.images, other.labelled.images)


def test_held_out_images_keep_their_labels():
    dataset, full = few_labels("mnist"), stripes()
    assert dataset.valid is not full.valid
    for part, whole in ((dataset.valid, full.valid), (dataset.test, full.test)):
        assert part.labels is not None
        assert whole.labels is not None
        assert torch.equal(part.labels, whole.labels)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "cifar"}, "source=cifar: choose one of mnist, fashion_mnist, mnist5k"),
        ({"source": "mnist", "per_class": 0}, "per_class=0: choose 1 to 60, the size of the smallest class"),
        ({"source": "mnist", "per_class": 61}, "per_class=61: choose 1 to 60, the size of the smallest class"),
    ],
)
def test_wrong_values_are_refused_with_the_valid_ones(arguments: dict[str, object], message: str):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - compared below
        few_labels(**arguments)  # type: ignore[arg-type]
    assert str(error.value) == message
