"""Images of noise with random labels, for measuring the time of a step, where nothing is learned."""

from __future__ import annotations

import torch

from tasks.datasets import Binarisation, Dataset, Split

PIXELS = 784


def noise(
    pictures: int = 1000,
    classes: int = 10,
    labelled: int | None = None,
    binarisation: Binarisation = "threshold",
) -> Dataset:
    """A data set of random black and white pixels, one fifth of them white, that needs no files.

    Jang, Gu & Poole 2017, section 4.3, also measure the cost of many classes with random labels.

    Args:
        pictures: number of images in each of the three splits.
        classes: labels are 0 to ``classes - 1``.
        labelled: number of training images that have a label and are kept separate; None for all of them.
        binarisation: it determines the cost of preparing a batch; the pixels are already black or white.
    """
    for name, value in {"pictures": pictures, "classes": classes}.items():
        if value < 1:
            raise ValueError(f"{name}={value}: at least 1 is needed")
    if labelled is not None and not 1 <= labelled < pictures:
        raise ValueError(f"labelled={labelled}: choose 1 to {pictures - 1}, or null for all training images")
    generator = torch.Generator().manual_seed(0)

    def split(size: int) -> Split:
        white = torch.rand(size, PIXELS, generator=generator) < 0.2
        return Split(white.to(torch.uint8) * 255, torch.randint(classes, (size,), generator=generator))

    train, valid, test = (split(pictures) for _ in range(3))
    if labelled is None:
        return Dataset("noise", train, valid, test, binarisation)
    assert train.labels is not None
    known = Split(train.images[:labelled], train.labels[:labelled])
    return Dataset("noise", Split(train.images[labelled:], None), valid, test, binarisation, known)
