"""Batches cover an epoch once, repeat under a seed, continue with the same bits, and are binarised as stated."""

from __future__ import annotations

import io
from typing import Any

import pytest
import torch
from torch import Tensor

from tasks.batches import Batch, TrainingBatches, binarise, evaluation_set
from tasks.datasets import Binarisation, Dataset, Split


def numbered(rows: int = 10, pixels: int = 8) -> Split:
    """Grey images whose labels are the numbers of their rows."""
    images = torch.randint(0, 256, (rows, pixels), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return Split(images, torch.arange(rows))


def dataset(train: Split, binarisation: Binarisation = "dynamic", labelled: Split | None = None) -> Dataset:
    """A data set of which only the training part matters."""
    return Dataset("numbered", train, train, train, binarisation, labelled)


def batches(seed: int = 0, size: int = 3, binarisation: Binarisation = "dynamic") -> TrainingBatches:
    return TrainingBatches(dataset(numbered(), binarisation), size, seed)


def rows_of(batch: Batch) -> list[int]:
    assert batch.y is not None
    return batch.y.tolist()


def epoch_of(stream: TrainingBatches) -> list[int]:
    return [row for _ in range(stream.per_epoch) for row in rows_of(next(stream))]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_an_epoch_has_each_row_at_most_once_and_drops_the_incomplete_batch() -> None:
    stream = batches(size=3)
    for _ in range(5):
        rows = epoch_of(stream)
        assert len(rows) == len(set(rows)) == 9


def test_a_batch_as_large_as_the_split_has_every_row() -> None:
    stream = batches(size=10)
    assert sorted(rows_of(next(stream))) == sorted(rows_of(next(stream))) == list(range(10))


def test_epochs_and_seeds_have_different_orders() -> None:
    stream = batches(seed=0)
    orders = [epoch_of(stream) for _ in range(3)] + [epoch_of(batches(seed=seed)) for seed in (1, 2)]
    assert len({tuple(order) for order in orders}) == 5


def test_the_order_is_a_function_of_the_seed_whatever_the_binarisation() -> None:
    streams = [batches(seed=7, binarisation=way) for way in ("dynamic", "threshold", "none")]
    first, *others = [[rows_of(next(stream)) for _ in range(8)] for stream in streams]
    assert all(other == first for other in others)


def test_labels_belong_to_their_images() -> None:
    split = numbered()
    stream = TrainingBatches(dataset(split, "none"), 4, seed=0)
    for batch in (next(stream) for _ in range(6)):
        assert torch.equal(batch.x, split.images[rows_of(batch)] / 255)


def test_a_split_without_labels_has_batches_without_labels() -> None:
    split = Split(numbered().images, None)
    assert next(TrainingBatches(dataset(split, "fixed"), 4, seed=0)).y is None
    assert evaluation_set(split, "fixed").y is None


def test_the_global_generator_neither_matters_nor_moves() -> None:
    torch.manual_seed(1)
    first = [next(stream).x for stream in [batches()] for _ in range(5)]
    torch.manual_seed(2)
    before = torch.get_rng_state()
    second = [next(stream).x for stream in [batches()] for _ in range(5)]
    assert torch.equal(torch.stack(first), torch.stack(second))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("drawn", range(8))  # before, at and after the ends of two epochs of three batches
def test_a_saved_stream_continues_with_the_same_bits(drawn: int) -> None:
    stream = batches(seed=5)
    for _ in range(drawn):
        next(stream)
    file = io.BytesIO()
    torch.save(stream.state_dict(), file)
    expected = [next(stream) for _ in range(7)]
    file.seek(0)
    resumed = batches(seed=5)
    next(resumed)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    for batch in expected:
        x, y = next(resumed)
        assert batch.y is not None
        assert y is not None
        assert torch.equal(x, batch.x)
        assert torch.equal(y, batch.y)


def test_a_state_of_another_kind_of_device_is_refused() -> None:
    state: dict[str, Any] = {"drawn": 3, "pixels": torch.zeros(16, dtype=torch.uint8)}  # the size of a GPU's state
    with pytest.raises(ValueError, match="device=cpu"):
        batches().load_state_dict(state)


@pytest.mark.parametrize("size", [-1, 0, 11])
def test_an_impossible_batch_size_is_named_with_its_limit(size: int) -> None:
    with pytest.raises(ValueError, match=rf"runner\.batch_size={size}: choose 1 to 10"):
        batches(size=size)


def test_dynamic_pixels_are_one_as_often_as_their_grey_level_says() -> None:
    """20,000 draws of each grey level within 5 standard errors: a probability that is off by 0.02 would fail."""
    draws = 20_000
    levels = torch.arange(256, dtype=torch.uint8)
    ones = binarise(levels.expand(draws, -1), "dynamic", generator()).mean(0)
    p = levels / 255
    assert ((ones - p).abs() <= 5 * (p * (1 - p) / draws).sqrt() + 2**-15).all()
    assert ones[0] == 0


def test_dynamic_pixels_are_independent() -> None:
    """Correlation of each pair of 8 pixels, which share two 64-bit draws: 5 standard errors are 0.016."""
    x = binarise(torch.full((100_000, 8), 128, dtype=torch.uint8), "dynamic", generator())
    correlation = torch.corrcoef(x.T) - torch.eye(8)
    assert correlation.abs().max() < 0.016


def test_dynamic_pixels_are_drawn_anew_for_every_batch() -> None:
    stream = TrainingBatches(dataset(Split(torch.full((1, 784), 128, dtype=torch.uint8), None)), 1, seed=0)
    first, second = (next(stream).x for _ in range(2))
    assert not torch.equal(first, second)


@pytest.mark.parametrize("pixels", [1, 3, 4, 5, 784])
def test_any_number_of_pixels_can_be_drawn(pixels: int) -> None:
    x = binarise(torch.full((2, pixels), 128, dtype=torch.uint8), "dynamic", generator())
    assert x.shape == (2, pixels)


@pytest.mark.parametrize("way", ["fixed", "threshold"])
def test_a_threshold_lies_at_one_half(way: Binarisation) -> None:
    x = binarise(torch.tensor([[0, 1, 127, 128, 254, 255]], dtype=torch.uint8), way, generator())
    assert x.tolist() == [[0, 0, 0, 1, 1, 1]]


def test_no_binarisation_keeps_the_grey_levels() -> None:
    x = binarise(torch.tensor([[0, 51, 255]], dtype=torch.uint8), "none", generator())
    assert torch.equal(x, torch.tensor([[0, 0.2, 1]]))


@pytest.mark.parametrize("way", ["fixed", "dynamic", "threshold", "none"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_images_have_the_type_asked_for_and_lie_in_the_unit_interval(way: Binarisation, dtype: torch.dtype) -> None:
    drawn: list[Tensor] = [
        next(TrainingBatches(dataset(numbered(), way), 4, 0, dtype)).x,
        evaluation_set(numbered(), way, dtype).x,
    ]
    for x in drawn:
        assert x.dtype == dtype
        assert x.min() >= 0
        assert x.max() <= 1
        assert way == "none" or set(x.unique().tolist()) == {0, 1}


def test_double_precision_draws_the_same_images() -> None:
    single, double = (evaluation_set(numbered(), "dynamic", dtype).x for dtype in (torch.float32, torch.float64))
    assert torch.equal(single.double(), double)


def test_the_evaluation_set_is_the_whole_split_and_the_same_every_time() -> None:
    split = numbered(rows=50)
    torch.manual_seed(1)
    first = evaluation_set(split, "dynamic")
    torch.manual_seed(2)
    second = evaluation_set(split, "dynamic")
    assert rows_of(first) == list(range(50))
    assert torch.equal(first.x, second.x)


def test_labelled_images_that_are_kept_apart_come_first_in_every_batch() -> None:
    unlabelled, labelled = Split(numbered().images, None), numbered(rows=2)
    stream = TrainingBatches(dataset(unlabelled, "none", labelled), 3, seed=0)
    for _ in range(5):
        x, y = next(stream)
        assert x.shape == (5, 8)
        assert y is not None
        assert y.tolist() == [0, 1]
        torch.testing.assert_close(x[:2], labelled.images / 255)


def test_more_labelled_images_than_a_batch_holds_come_in_turn() -> None:
    stream = TrainingBatches(dataset(Split(numbered().images, None), "none", numbered(rows=5)), 3, seed=0)
    found = [rows_of(next(stream)) for _ in range(5)]
    assert sorted(row for rows in found for row in rows) == sorted([0, 1, 2, 3, 4] * 3)
    assert found[:2] == [[0, 1, 2], [3, 4, 0]]
