"""Data sets in which only a few training images have labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from tasks.datasets import Binarisation, Dataset, Split, fashion_mnist, mnist, mnist5k

SOURCES: dict[str, Callable[[Binarisation], Dataset]] = {
    "mnist": mnist,
    "fashion_mnist": fashion_mnist,
    "mnist5k": mnist5k,
}


def few_labels(
    source: str, binarisation: Binarisation = "dynamic", per_class: int = 10, label_seed: int = 0
) -> Dataset:
    """A data set in which only ``per_class`` training images of each class keep their labels.

    Kingma et al. 2014, section 4: the labelled images are chosen at random, the same number for each class. Validation
    and test images keep their labels, to evaluate classifiers.

    Args:
        source: one of :data:`SOURCES`.
        binarisation: one for which the source has labels.
        per_class: number of labelled images of each class.
        label_seed: seed of their choice.
    """
    if source not in SOURCES:
        raise ValueError(f"source={source}: choose one of {', '.join(SOURCES)}")
    full = SOURCES[source](binarisation)
    images, labels = full.train.images, full.train.labels
    if labels is None:
        raise ValueError(f"binarisation={binarisation}: these images have no labels; choose dynamic, threshold or none")
    smallest = int(labels.bincount().min())
    if not 1 <= per_class <= smallest:
        raise ValueError(f"per_class={per_class}: choose 1 to {smallest}, the size of the smallest class")
    shuffled = torch.randperm(len(labels), generator=torch.Generator().manual_seed(label_seed))
    chosen = torch.cat([shuffled[labels[shuffled] == label][:per_class] for label in labels.unique()])
    rest = torch.ones(len(labels), dtype=torch.bool).index_fill(0, chosen, False)
    name = f"{full.name}-{len(chosen)}-labels"
    return replace(full, name=name, train=Split(images[rest], None), labelled=Split(images[chosen], labels[chosen]))
