"""The fixed binarisation of MNIST is read from its text files or from the packed one, and is what was published."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from tasks.datasets import mnist
from tasks.fetch import DataError
from tasks.sources import BINARISED_PACKED, BINARISED_TEXT, PACKED_ROWS, fixed_binarisation
from tests.tasks.data_files import write

ROWS = {"train": 4, "valid": 3, "test": 2}


@pytest.fixture
def text_rows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """A few random rows of each split, written as the three text files; their sums take the place of the real ones."""
    rng = np.random.default_rng(0)
    rows = {split: rng.integers(0, 2, (n, 784), dtype=np.uint8) for split, n in ROWS.items()}
    for split, bits in rows.items():
        text = "".join(" ".join(map(str, row)) + "\n" for row in bits)
        file = write(folder / "binarized_mnist" / f"binarized_mnist_{split}.amat", text.encode())
        packed = hashlib.sha256(np.packbits(bits, axis=1).tobytes()).hexdigest()
        monkeypatch.setitem(BINARISED_TEXT, split, file.digest)
        monkeypatch.setitem(PACKED_ROWS, split, (ROWS[split], packed))
    return rows


def delete_text(folder: Path) -> None:
    for path in (folder / "binarized_mnist").glob("*.amat"):
        path.unlink()


def write_packed(path: Path, rows: dict[str, np.ndarray]) -> None:
    train, valid, test = (np.packbits(rows[split], axis=1) for split in ("train", "valid", "test"))
    np.savez(path, train=train, valid=valid, test=test)


def assert_rows(expected: dict[str, np.ndarray]) -> None:
    found = fixed_binarisation()
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[split], bits) for split, bits in expected.items())


def test_the_text_files_are_read_and_then_kept_packed(
    folder: Path, tmp_path: Path, text_rows: dict[str, np.ndarray]
) -> None:
    assert_rows(text_rows)
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert kept == [tmp_path / "cache" / BINARISED_PACKED]
    delete_text(folder)
    assert_rows(text_rows)


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path, text_rows: dict[str, np.ndarray]) -> None:
    (tmp_path / "cache").write_text("a file in the place of the folder")
    assert_rows(text_rows)


def test_the_packed_file_alone_is_enough(folder: Path, text_rows: dict[str, np.ndarray]) -> None:
    delete_text(folder)
    write_packed(folder / BINARISED_PACKED, text_rows)
    assert_rows(text_rows)


def test_altered_text_is_refused(folder: Path, text_rows: dict[str, np.ndarray]) -> None:
    path = folder / "binarized_mnist" / "binarized_mnist_valid.amat"
    path.write_bytes(path.read_bytes().replace(b"0", b"1", 1))
    with pytest.raises(DataError, match=r"binarized_mnist_valid\.amat: truncated or altered"):
        fixed_binarisation()


def test_a_packed_file_with_another_pixel_is_refused(folder: Path, text_rows: dict[str, np.ndarray]) -> None:
    text_rows["test"][0, 0] ^= 1
    write_packed(folder / BINARISED_PACKED, text_rows)
    with pytest.raises(DataError, match=r"packed\.npz: altered, 'test'"):
        fixed_binarisation()


@pytest.mark.parametrize("kept", [0, 100, -40])
def test_a_truncated_packed_file_is_refused(folder: Path, text_rows: dict[str, np.ndarray], kept: int) -> None:
    path = folder / BINARISED_PACKED
    write_packed(path, text_rows)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"packed\.npz: truncated or altered"):
        fixed_binarisation()


def test_fixed_mnist_has_no_labels_and_the_two_extreme_grey_levels(text_rows: dict[str, np.ndarray]) -> None:
    data = mnist("fixed")
    assert data.name == "mnist-fixed"
    for split, part in zip(ROWS, (data.train, data.valid, data.test), strict=True):
        assert part.labels is None
        assert torch.equal(part.images, torch.from_numpy(text_rows[split] * 255))
    assert torch.allclose(data.mean, torch.from_numpy(text_rows["train"].mean(0)).float())
