"""The files of the public data sets, and their content as arrays."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import math
import os
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tasks.fetch import DataError, DataFile, cache_folder, data_folders, find, read_bytes

MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
FASHION_MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)
BINARISED_MIRRORS = ("https://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist/",)
OMNIGLOT = DataFile(
    "omniglot/chardata.mat",
    "git:016a3536ffe5e1d38e42563a18d7a78bfaf643ec",
    ("https://raw.githubusercontent.com/yburda/iwae/master/datasets/OMNIGLOT/",),
)


class IdxFiles(NamedTuple):
    """The four original files of MNIST, or of a data set in its format."""

    train_images: DataFile
    train_labels: DataFile
    test_images: DataFile
    test_labels: DataFile


def _idx_files(folder: str, mirrors: tuple[str, ...], *sums: str) -> IdxFiles:
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    pairs = zip(names, sums, strict=True)
    return IdxFiles(*(DataFile(f"{folder}/{name}-ubyte.gz", sha256, mirrors) for name, sha256 in pairs))


MNIST = _idx_files(
    "mnist",
    MNIST_MIRRORS,
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
)
FASHION_MNIST = _idx_files(
    "fashion",
    FASHION_MIRRORS,
    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
)
BINARISED_TEXT = {
    "train": "ad693b29f94c14277b095f5238ddefbbdaaae0939789dd2f4f0205278cee3e4d",
    "valid": "1de3d397c40fe8eeb33dafd4099a1f665ec01e96d9be234aaeeac8a34930e2e2",
    "test": "e6687bfea3f820c174f33b7865140b2a2dd2930ef786f35d45795fc193b5ab2c",
}
BINARISED_PACKED = "binarized_mnist/binarized_mnist_larochelle_packed.npz"
PACKED_ROWS = {
    "train": (50_000, "727146c35424b019f3e350e1e69faa05644a0abaf787e3f4e1a9632220a13906"),
    "valid": (10_000, "a256ac44ae26be720fad8616a05ed6ecfd1619930d9a208379bb2a4405df5b6d"),
    "test": (10_000, "9fcd8da6f0fdf09b2ba30fe63a0bb784042a0de82563172530229b983e294ff2"),
}
"""Rows of each split, and the SHA-256 of its pixels packed eight to a byte."""


def read_idx(file: DataFile) -> np.ndarray:
    """Content of an idx file: uint8, images ``[N, 784]`` or labels ``[N]``.

    Raises:
        DataError: the file does not have the format and length that its header states.
    """
    path = find(file)
    try:
        content = gzip.decompress(read_bytes(path))
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: not a gzip file ({error}); replace it") from None
    dimensions = content[3] if len(content) > 3 else 0
    header = 4 + 4 * dimensions
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, header, 4)]
    if content[:3] != b"\0\0\x08" or not dimensions or len(content) != header + math.prod(shape):
        raise DataError(f"{path}: not an idx file of bytes with the length that its header states; replace it")
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape[0], *([-1] if dimensions > 1 else []))


def omniglot_images() -> tuple[np.ndarray, np.ndarray]:
    """The training and test images of the IWAE authors' file: uint8 ``[24345, 784]`` and ``[8070, 784]``.

    Raises:
        DataError: the file cannot be found or downloaded, or has another content.
    """
    import scipy.io  # not needed for other data, and every process would wait for it

    path = find(OMNIGLOT)
    try:
        content = scipy.io.loadmat(io.BytesIO(read_bytes(path)), variable_names=["data", "testdata"])
        return _upright(content["data"]), _upright(content["testdata"])
    except Exception as error:  # damage may have any effect
        raise DataError(f"{path}: not the Omniglot file ({error}); replace it") from None


def _upright(columns: np.ndarray) -> np.ndarray:
    """Row-major images ``[N, 784]`` from 0 to 255, from column-major grey levels in [0, 1], ``[784, N]``."""
    images = columns.T.reshape(-1, 28, 28).transpose(0, 2, 1).reshape(-1, 784)
    return np.rint(images * 255).astype(np.uint8)


def fixed_binarisation() -> dict[str, np.ndarray]:
    """The rows of Larochelle & Murray 2011 by split: uint8 of 0 and 1, ``[N, 784]``, unlabelled.

    Read from the packed file if there is one, otherwise from the three original text files, which are then packed in
    the cache because reading 110 MB of text takes seconds.
    """
    for folder in data_folders():
        path = folder / BINARISED_PACKED
        if path.exists():
            return {split: np.unpackbits(bits, axis=1) for split, bits in _read_packed(path).items()}
    packed = {split: np.packbits(_read_amat(split), axis=1) for split in BINARISED_TEXT}
    _keep_packed(packed)
    return {split: np.unpackbits(bits, axis=1) for split, bits in packed.items()}


def _read_packed(path: Path) -> dict[str, np.ndarray]:
    content = io.BytesIO(read_bytes(path))
    try:
        with np.load(content, allow_pickle=False) as file:
            packed = {split: file[split] for split in PACKED_ROWS}
    except Exception as error:  # damage may have any effect
        raise DataError(
            f"{path}: truncated or altered ({error}); replace it, or delete it to have it created again"
        ) from None
    for split, (rows, sha256) in PACKED_ROWS.items():
        bits = packed[split]
        if bits.shape != (rows, 98) or hashlib.sha256(bits.tobytes()).hexdigest() != sha256:
            raise DataError(
                f"{path}: altered, {split!r} is not the {rows} x 98 bytes of the fixed binarisation; replace it"
            )
    return packed


def _read_amat(split: str) -> np.ndarray:
    name = f"binarized_mnist/binarized_mnist_{split}.amat"
    text = np.frombuffer(read_bytes(find(DataFile(name, BINARISED_TEXT[split], BINARISED_MIRRORS))), dtype=np.uint8)
    return (text[text >= ord("0")] - ord("0")).reshape(-1, 784)


def _keep_packed(packed: dict[str, np.ndarray]) -> None:
    target = cache_folder() / BINARISED_PACKED
    temporary = target.with_suffix(f".{os.getpid()}.npz")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(temporary, train=packed["train"], valid=packed["valid"], test=packed["test"])
        temporary.replace(target)
    except OSError:  # without the cache the next start is slower but correct
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
