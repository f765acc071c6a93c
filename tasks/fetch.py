"""Finds a data file in the user's folder, in the cache or on the network, and verifies it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import pooch
from filelock import FileLock

FOLDER_VARIABLE = "GUMBEL_BENCH_DATA"

_OFFLINE = ContextVar("offline", default=False)


class DataError(RuntimeError):
    """A data file is missing, truncated, altered or unreadable. The message says which, what was expected, and what to
    do."""


@dataclass(frozen=True)
class DataFile:
    """A file of a public data set.

    Attributes:
        path: path within a data folder, with ``/``.
        digest: SHA-256 of its bytes, or ``git:`` and the file's git id, if its source publishes no other.
        mirrors: URLs of folders that have it, in the order in which they are tried.
    """

    path: str
    digest: str
    mirrors: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def cache_folder() -> Path:
    """The folder for downloads: the user's cache, ``~/.cache/gumbel-bench`` on Linux."""
    return Path(pooch.os_cache("gumbel-bench"))


def data_folders() -> Iterator[Path]:
    """The folders that are searched, in order: ``$GUMBEL_BENCH_DATA`` if it is set, then the cache."""
    if os.environ.get(FOLDER_VARIABLE):
        yield Path(os.path.expanduser(os.environ[FOLDER_VARIABLE]))  # noqa: PTH111 - keeps an unknown ~user
    yield cache_folder()


def find(file: DataFile) -> Path:
    """Path of the verified file, downloaded to the cache if no folder has it.

    Raises:
        DataError: the file found is damaged, or it cannot be downloaded.
    """
    for folder in data_folders():
        path = folder / file.path
        if _exists(path):
            _verify(path, file)
            return path
    return _download(file)


def read_bytes(path: Path) -> bytes:
    """Content of a file.

    Raises:
        DataError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except IsADirectoryError:
        raise DataError(
            f"{path}: a file was expected, but it is a directory; remove it or set {FOLDER_VARIABLE}"
        ) from None
    except OSError as error:
        raise DataError(
            f"{path}: it cannot be read ({error.strerror}); make it readable or set {FOLDER_VARIABLE}"
        ) from None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # a folder above it may not be entered
        raise DataError(
            f"{path}: it cannot be accessed ({error.strerror}); make its folder readable or set {FOLDER_VARIABLE}"
        ) from None


def _verify(path: Path, file: DataFile) -> None:
    content = read_bytes(path)
    kind, found = _digest(content, file)
    if found != file.digest:
        raise DataError(
            f"{path}: truncated or altered, {len(content)} bytes with {kind} {found[:12]}..., expected "
            f"{file.digest[:12]}...; replace it, or delete it to have it downloaded again"
        )


def _digest(content: bytes, file: DataFile) -> tuple[str, str]:
    """The kind of the file's digest, and the digest of the content."""
    if file.digest.startswith("git:"):
        header = f"blob {len(content)}\0".encode()
        return "git id", f"git:{hashlib.sha1(header + content).hexdigest()}"
    return "SHA-256", hashlib.sha256(content).hexdigest()


@contextmanager
def offline() -> Iterator[None]:
    """Within the block nothing is downloaded: a file that no folder has raises a :class:`DataError`."""
    token = _OFFLINE.set(True)
    try:
        yield
    finally:
        _OFFLINE.reset(token)


def _download(file: DataFile) -> Path:
    """Downloads the file from the first mirror that has it; processes that start together wait for one download."""
    if _OFFLINE.get():
        raise DataError(f"{file.name}: not on this machine, and nothing is downloaded here")
    target = cache_folder() / file.path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{target}.lock"):
            if not target.exists():
                _try_mirrors(file, target)
    except OSError as error:
        raise DataError(f"{target.parent}: downloads cannot be kept there ({error}); set {FOLDER_VARIABLE}") from None
    _verify(target, file)
    return target


def _try_mirrors(file: DataFile, target: Path) -> None:
    failures = []
    for mirror in file.mirrors:
        try:
            known = None if file.digest.startswith("git:") else f"sha256:{file.digest}"  # the caller verifies both
            pooch.retrieve(mirror + file.name, known, fname=file.name, path=target.parent)
        except Exception as error:  # every client library has its own errors
            reason = (str(error) or type(error).__name__).splitlines()[0]
            failures.append(f"{mirror} ({reason[:120]})")
        else:
            return
    raise DataError(
        f"{file.name}: not in {' or '.join(str(folder) for folder in data_folders())}, and every mirror failed: "
        f"{'; '.join(failures)}. Put the file there as {file.path}, or choose data=mnist5k, which needs no download"
    )
