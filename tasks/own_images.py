"""A user's own images as a data set: NumPy arrays or a folder of PNG files."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from tasks.datasets import Binarisation, Dataset, Split, check_binarisation
from tasks.fetch import DataError

SPLITS = ("train", "valid", "test")

Arrays = Mapping[str, np.ndarray]


def own_images(path: str, binarisation: Binarisation = "dynamic", sha256: str | None = None) -> Dataset:
    """The images of a file or folder, all of the same size, with grey levels from 0 to 255.

    * ``NAME.npz`` with the arrays ``train``, ``valid`` and ``test``, uint8 ``[N, height, width]`` or ``[N, pixels]``,
      and optionally labels, integers ``[N]``, as ``train_labels``, ``valid_labels`` and ``test_labels``;
    * ``NAME.npy`` with one such array: of every ten images the ninth is for validation and the tenth for testing;
    * a folder with the subfolders ``train``, ``valid`` and ``test`` of PNG files, or a folder of PNG files, which are
      split in the same way in the order of their names. Colours are converted to grey.

    Args:
        path: path of the file or folder.
        binarisation: as for the other data sets; ``fixed`` exists for MNIST only.
        sha256: expected SHA-256 of the images; if it differs, the error message has the actual one.

    Raises:
        DataError: there is nothing, or something else, at the path. The message says what.
    """
    check_binarisation(binarisation, ("dynamic", "threshold", "none"))
    place = Path(path).expanduser()
    arrays = _read(place)
    images = {split: _images(place, split, arrays[split]) for split in SPLITS}
    shapes = {array.shape[1:] for array in images.values()}
    if len(shapes) != 1:
        raise DataError(f"data.path={path}: all images must have the same size; these have {_in_words(shapes)}")
    found = hashlib.sha256(b"".join(images[split].tobytes() for split in SPLITS)).hexdigest()
    if sha256 not in (None, found):
        raise DataError(f"data.path={path}: the images have SHA-256 {found}, but data.sha256={sha256}")
    train, valid, test = (_split(place, name, images[name], arrays.get(f"{name}_labels")) for name in SPLITS)
    return Dataset(f"{place.stem}-{binarisation}", train, valid, test, binarisation, shape=_height_and_width(*shapes))


def _read(place: Path) -> Arrays:
    try:
        if place.is_dir():
            return _read_folder(place)
        if place.exists() and not place.is_file():  # a pipe would have no end
            raise DataError(f"data.path={place}: this is not a regular file")
        if place.suffix in (".npz", ".npy"):
            return _read_arrays(place)
    except DataError:
        raise
    except Exception as error:  # damage may have any effect
        raise _unreadable(place, error) from None
    raise DataError(f"data.path={place}: a .npz file, a .npy file or a folder of PNG files is needed")


def _read_arrays(place: Path) -> Arrays:
    loaded = np.load(place, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return _parted(loaded)
    with loaded as file:
        arrays = {str(name): np.asarray(file[name]) for name in file.files}
    if missing := [split for split in SPLITS if split not in arrays]:
        raise DataError(f"data.path={place}: no array {' or '.join(missing)}, only {', '.join(arrays)}")
    return arrays


def _unreadable(path: Path, error: Exception) -> DataError:
    words = str(error).splitlines() or [type(error).__name__]
    return DataError(f"data.path={path}: it cannot be read ({words[0]})")


def _read_folder(place: Path) -> Arrays:
    if all((place / split).is_dir() for split in SPLITS):
        return {split: _read_pngs(place / split) for split in SPLITS}
    return _parted(_read_pngs(place))


def _read_pngs(folder: Path) -> np.ndarray:
    """``[N, height, width]``, in the order of the files' names."""
    from PIL import Image

    images: list[np.ndarray] = []
    for path in sorted(folder.glob("*.png")):
        if not path.is_file():
            raise DataError(f"data.path={folder}: {path.name} is not a regular file")
        try:
            with Image.open(path) as image:
                images.append(np.asarray(image.convert("L")))
        except Exception as error:  # damage may have any effect
            raise _unreadable(path, error) from None
    shapes = {image.shape for image in images}
    if len(shapes) > 1:
        raise DataError(f"data.path={folder}: all images must have the same size; these have {_in_words(shapes)}")
    return np.stack(images) if images else np.empty((0, 0), np.uint8)


def _parted(images: np.ndarray) -> Arrays:
    """Splits every ten successive images into eight for training, one for validation and one for testing."""
    place = np.arange(len(images)) % 10 if images.ndim else np.empty(0)
    return {"train": images[place < 8], "valid": images[place == 8], "test": images[place == 9]}


def _images(place: Path, split: str, array: np.ndarray) -> np.ndarray:
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        actual = f"{array.dtype}, {list(array.shape)}"
        raise DataError(f"data.path={place}: {split} must be uint8, [N, height, width] or [N, pixels]; it is {actual}")
    if not array.size:
        raise DataError(f"data.path={place}: there are no images in {split}")
    return array


def _split(place: Path, split: str, images: np.ndarray, labels: np.ndarray | None) -> Split:
    pixels = torch.from_numpy(images.reshape(len(images), -1).copy())
    if labels is None:
        return Split(pixels, None)
    if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
        actual = f"{labels.dtype}, {list(labels.shape)}"
        raise DataError(f"data.path={place}: {split}_labels must be {len(images)} integers; it is {actual}")
    if len(labels) and not 0 <= labels.min() <= labels.max() < 2**31:
        raise DataError(f"data.path={place}: {split}_labels must be numbers of classes, from 0 on")
    return Split(pixels, torch.from_numpy(labels.astype(np.int64)))


def _height_and_width(shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) == 2:
        return shape[0], shape[1]
    side = math.isqrt(shape[0])
    return (side, side) if side * side == shape[0] else (1, shape[0])


def _in_words(shapes: set[tuple[int, ...]]) -> str:
    return " and ".join(" x ".join(map(str, shape)) for shape in sorted(shapes))
