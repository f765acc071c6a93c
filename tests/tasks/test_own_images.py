"""A user's own images are read from arrays and PNG files, checked, and split in a way that no seed changes."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tasks.fetch import DataError
from tasks.own_images import own_images
from tests.conftest import Compose

IMAGES = np.arange(20 * 12, dtype=np.uint8).reshape(20, 3, 4)


def save(path: Path, **arrays: np.ndarray) -> str:
    splits = {"train": IMAGES[:8], "valid": IMAGES[8:10], "test": IMAGES[10:]}
    np.savez(path, **splits | arrays)  # type: ignore[arg-type]
    return str(path)


def write_pngs(folder: Path, images: np.ndarray) -> None:
    folder.mkdir(parents=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:03}.png")


def test_three_arrays_are_the_three_splits(tmp_path: Path):
    dataset = own_images(save(tmp_path / "mine.npz", train_labels=np.arange(8)))
    assert dataset.name == "mine-dynamic"
    assert dataset.shape == (3, 4)
    assert dataset.train.images.tolist() == IMAGES[:8].reshape(8, 12).tolist()
    assert [len(dataset.train), len(dataset.valid), len(dataset.test)] == [8, 2, 10]
    assert dataset.train.labels is not None
    assert dataset.train.labels.tolist() == list(range(8))
    assert dataset.test.labels is None


def test_the_name_of_a_file_does_not_decide_what_is_in_it(tmp_path: Path):
    np.save(tmp_path / "one.npy", np.arange(40, dtype=np.uint8).reshape(10, 2, 2))
    (tmp_path / "one.npy").rename(tmp_path / "one.npz")
    assert len(own_images(str(tmp_path / "one.npz")).train) == 8


def test_one_array_is_split_by_tens(tmp_path: Path):
    np.save(tmp_path / "mine.npy", IMAGES)
    dataset = own_images(str(tmp_path / "mine.npy"))
    assert dataset.valid.images.tolist() == IMAGES[[8, 18]].reshape(2, 12).tolist()
    assert dataset.test.images.tolist() == IMAGES[[9, 19]].reshape(2, 12).tolist()
    assert len(dataset.train) == 16


def test_png_files_are_the_arrays_that_they_show(tmp_path: Path):
    write_pngs(tmp_path / "flat", IMAGES)
    for split, part in {"train": IMAGES[:8], "valid": IMAGES[8:10], "test": IMAGES[10:]}.items():
        write_pngs(tmp_path / "parted" / split, part)
    np.save(tmp_path / "flat.npy", IMAGES)
    pairs = ("flat", "flat.npy"), ("parted", save(tmp_path / "parted.npz"))
    for folder, array in pairs:
        found, expected = own_images(str(tmp_path / folder)), own_images(str(tmp_path / array))
        for split in ("train", "valid", "test"):
            assert getattr(found, split).images.tolist() == getattr(expected, split).images.tolist()


@pytest.mark.parametrize(("pixels", "shape"), [(9, (3, 3)), (10, (1, 10))])
def test_flat_images_are_square_where_they_can_be(tmp_path: Path, pixels: int, shape: tuple[int, int]):
    np.save(tmp_path / "mine.npy", np.zeros((10, pixels), dtype=np.uint8))
    assert own_images(str(tmp_path / "mine.npy")).shape == shape


def test_images_other_than_those_of_the_sum_are_refused(tmp_path: Path):
    path = save(tmp_path / "mine.npz")
    with pytest.raises(DataError, match=r"the images have SHA-256 [0-9a-f]{64}, but data\.sha256=abc") as caught:
        own_images(path, sha256="abc")
    right = str(caught.value).partition("SHA-256 ")[2][:64]
    assert own_images(path, sha256=right).name == "mine-dynamic"


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG file of grey levels, of which it has a few."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (head, b"IDAT" + zlib.compress(bytes(100)), b"IEND")
    sized = (struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(sized)


def test_what_cannot_be_used_is_one_clear_line(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "1.png").write_bytes(b"no image")
    np.savez(tmp_path / "parts.npz", train=IMAGES)
    write_pngs(tmp_path / "sizes", IMAGES)
    Image.fromarray(IMAGES[0, :2]).save(tmp_path / "sizes" / "x.png")
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "pipes").mkdir()
    os.mkfifo(tmp_path / "pipes" / "1.png")
    with zipfile.ZipFile(tmp_path / "texts.npz", "w") as archive:
        for name in ("train", "valid", "test"):
            archive.writestr(f"{name}.npy", "text")
    header = b"\x93NUMPY\x01\x00v\x00{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776, 8, 8), }"
    (tmp_path / "large.npy").write_bytes(header.ljust(127) + b"\n")
    (tmp_path / "header.npy").write_bytes(b"\x93NUMPY\x01\x00v\x00{'descr'".ljust(128, b"("))
    (tmp_path / "huge").mkdir()
    (tmp_path / "huge" / "1.png").write_bytes(png_that_claims(60000, 60000))
    messages = {
        "pipe.npz": "this is not a regular file",
        "pipes": "1.png is not a regular file",
        "texts.npz": "train must be uint8",
        "header.npy": "it cannot be read (",
        "huge": "it cannot be read (Image size",
        "large.npy": "it cannot be read (Unable to allocate",
        f"{'x' * 300}.npz": "it cannot be read",
        save(tmp_path / "classes.npz", test_labels=np.full(10, -1)): "test_labels must be numbers of classes",
        "missing.npz": "it cannot be read",
        "broken.npz": "it cannot be read",
        "mine.jpg": "a .npz file, a .npy file or a folder of PNG files is needed",
        "empty": "there are no images in train",
        "broken": "it cannot be read",
        "parts.npz": "no array valid or test, only train",
        "sizes": "all images must have the same size; these have 2 x 4 and 3 x 4",
        save(
            tmp_path / "float.npz", test=IMAGES / 255
        ): "test must be uint8, [N, height, width] or [N, pixels]; it is f",
        save(tmp_path / "none.npz", valid=IMAGES[:0]): "there are no images in valid",
        save(
            tmp_path / "other.npz", valid=IMAGES[:, :2]
        ): "all images must have the same size; these have 2 x 4 and 3 x 4",
        save(tmp_path / "labels.npz", test_labels=np.zeros(3)): "test_labels must be 10 integers; it is float64, [3]",
    }
    for name, message in messages.items():
        with pytest.raises(DataError) as caught:
            own_images(str(tmp_path / name))
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_model_trains_on_own_images_of_any_size(tmp_path: Path, compose_cell: Compose):
    from runners.from_python import run_cells

    np.save(tmp_path / "mine.npy", np.tile(IMAGES, (10, 1, 1)))
    config = compose_cell(
        "data=own_images",
        "data._target_=tasks.own_images.own_images",
        f"data.path={tmp_path / 'mine.npy'}",
        "task.latent.n=3",
        "runner.steps=4",
        "runner.batch_size=5",
    )
    (record,) = run_cells([config])
    assert record["status"] == "done"
