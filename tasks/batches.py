"""From grey levels to the batches of a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tasks.datasets import Binarisation, Dataset, Split

EVALUATION_SEED = 20161103
"""Seed for the binarisation of held-out data, the same for every cell, so that scores are comparable."""


PREPARED = 500
"""Number of images that are prepared together, so that several batches share the overhead of calling the operations."""


class Batch(NamedTuple):
    """``x``: images ``[B, pixels]`` in [0, 1]; ``y``: labels of the first L <= B of them, int64 ``[L]``, or None."""

    x: Tensor
    y: Tensor | None


def binarise(
    images: Tensor, binarisation: Binarisation, generator: torch.Generator, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Images in [0, 1] from uint8 grey levels ``[B, pixels]``, on the device of the images and of the generator.

    With dynamic binarisation, a pixel with grey level g is 1 with probability g / 255, up to 2^-16: four 16-bit draws
    from each 64-bit draw are several times as fast as drawing floats.
    """
    if binarisation == "none":
        return images.to(dtype) / 255
    if binarisation != "dynamic":
        return (images >> 7).to(dtype)  # 1 above 127; faster than a comparison, which creates booleans first
    words = -(-images.shape[-1] // 4)
    shape = (*images.shape[:-1], words)
    bits = torch.randint(-(2**63), 2**63 - 1, shape, generator=generator, device=images.device)
    draws = bits.view(torch.int16)[..., : images.shape[-1]]
    levels = images.to(torch.int16)
    thresholds = (levels - 128) * 256 + levels  # 257 g - 2^15, in an order that does not overflow
    return torch.lt(draws, thresholds, out=torch.empty(images.shape, dtype=dtype, device=images.device))


class TrainingBatches(Iterator[Batch]):
    """Endless shuffled batches of a training set.

    The order of each epoch is a function of the seed and the epoch's number; an incomplete last batch is dropped.
    Separate labelled images come first in every batch: all of them, or ``batch_size`` of them in turn. Dynamic
    binarisation has its own generator, on the device of the data; the order is drawn on the CPU, so it is the same on
    every device. The state is small, and a restored state gives exactly the same batches.

    Raises:
        ValueError: the training set is smaller than one batch.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        seed: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        split = dataset.train
        if not 1 <= batch_size <= len(split):
            raise ValueError(f"runner.batch_size={batch_size}: choose 1 to {len(split)}, the size of the training set")
        self.split = split
        self.labelled = dataset.labelled
        self.binarisation: Binarisation = dataset.binarisation
        self.batch_size = batch_size
        self.seed = seed
        self.dtype = dtype
        self.pixels = torch.Generator(split.images.device).manual_seed(seed)
        self.at_once = max(1, PREPARED // batch_size)
        self.drawn = 0
        self._start_epoch()

    def __next__(self) -> Batch:
        place = self.drawn % self.per_epoch
        if place == 0 and self.drawn:
            self._start_epoch()
        if place % self.at_once == 0:
            self._prepare(place)
        self.drawn += 1
        return self.prepared[place % self.at_once]

    def _prepare(self, place: int) -> None:
        """Prepares the next ``at_once`` batches of an epoch, starting at batch number ``place``."""
        self.before = self.pixels.get_state()
        count = min(self.at_once, self.per_epoch - place)
        rows = self.order[place * self.batch_size : (place + count) * self.batch_size]
        images, labels = self.split.images.index_select(0, rows), None
        if self.split.labels is not None:
            labels = self.split.labels.index_select(0, rows)
        if self.labelled is not None:
            each = min(self.batch_size, len(self.labelled))
            first = (self.drawn - self.drawn % self.per_epoch + place) * each
            in_turn = (first + torch.arange(count * each, device=rows.device)) % len(self.labelled)
            known = self.labelled.images.index_select(0, in_turn)
            images = torch.cat([known.view(count, each, -1), images.view(count, self.batch_size, -1)], 1).flatten(0, 1)
            labels = None if self.labelled.labels is None else self.labelled.labels.index_select(0, in_turn)
        x = binarise(images, self.binarisation, self.pixels, self.dtype).chunk(count)
        y = [None] * count if labels is None else labels.chunk(count)
        self.prepared = [Batch(*pair) for pair in zip(x, y, strict=True)]

    @property
    def per_epoch(self) -> int:
        return len(self.split) // self.batch_size

    def _start_epoch(self) -> None:
        epoch = self.drawn // self.per_epoch
        shuffle = torch.Generator().manual_seed((self.seed + 0x9E3779B97F4A7C15 * (epoch + 1)) % 2**63)
        self.order = torch.randperm(len(self.split), generator=shuffle).to(self.split.images.device)

    def state_dict(self) -> dict[str, Any]:
        midway = self.drawn % self.per_epoch % self.at_once
        return {"drawn": self.drawn, "pixels": self.before if midway else self.pixels.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores a state of the same split, batch size and seed.

        Raises:
            ValueError: the state is from another kind of device, which has another generator.
        """
        if state["pixels"].shape != self.pixels.get_state().shape:
            raise ValueError(
                f"device={self.pixels.device}: the state was saved on another kind of device; resume there, or "
                "delete the checkpoint"
            )
        self.drawn = state["drawn"]
        self.pixels.set_state(state["pixels"].cpu())
        # At the end of an epoch the next draw shuffles again.
        self._start_epoch()
        place = self.drawn % self.per_epoch
        if midway := place % self.at_once:
            self._prepare(place - midway)


def evaluation_set(split: Split, binarisation: Binarisation, dtype: torch.dtype = torch.float32) -> Batch:
    """A whole held-out split, binarised identically for all cells: drawn on the CPU, whatever the device."""
    generator = torch.Generator().manual_seed(EVALUATION_SEED)
    x = binarise(split.images.cpu(), binarisation, generator, dtype)
    return Batch(x.to(split.images.device), split.labels)
