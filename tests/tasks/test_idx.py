"""Files of the idx format are read as it says, and a malformed one is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from tasks.fetch import DataError
from tasks.sources import read_idx
from tests.tasks.data_files import idx, write, write_idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def test_idx_images_are_read_row_by_row(folder: Path) -> None:
    images = read_idx(write_idx(folder / "mnist" / "images.gz", IMAGES))
    assert images.dtype == np.uint8
    assert images.tolist() == [list(range(12)), list(range(12, 24))]


def test_idx_labels_are_read(folder: Path) -> None:
    labels = np.array([5, 0, 4], dtype=np.uint8)
    assert read_idx(write_idx(folder / "mnist" / "labels.gz", labels)).tolist() == [5, 0, 4]


MALFORMED = {
    "not gzip": idx(IMAGES),
    "cut gzip": gzip.compress(idx(IMAGES))[:-9],
    "empty": gzip.compress(b""),
    "cut header": gzip.compress(idx(IMAGES)[:9]),
    "magic number": gzip.compress(idx(IMAGES, magic=b"\1\0\x08")),
    "type of numbers": gzip.compress(idx(IMAGES, magic=b"\0\0\x0d")),
    "too short": gzip.compress(idx(IMAGES)[:-1]),
    "too long": gzip.compress(idx(IMAGES) + b"\0"),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_idx_file_is_named_in_one_line(folder: Path, content: bytes) -> None:
    path = folder / "mnist" / "images.gz"
    with pytest.raises(DataError) as caught:
        read_idx(write(path, content))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
