"""The state of an interrupted training run, complete enough to continue with the same bits.

A checkpoint is a file of ``torch.save``, a zip archive with a checksum of everything in it. The one before it is kept.
The journal is not in it, only a mark of how far that had come.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from runners.cells.files import replacing
from runners.cells.journal import Altered, Journal
from runners.cells.progress import log


class Unfit(ValueError):  # noqa: N818 - a state of the file
    """A checkpoint that a run cannot continue from: it was cut off or altered, or holds something else than tensors and
    plain containers; it, or the journal next to it, is of another run."""


def save(path: Path, state: dict[str, Any]) -> None:
    """Writes the state; a reader sees the old file or the whole new one. What stood there becomes the previous one."""
    with _written(state, path):
        if path.exists():
            path.replace(previous(path))


def write(path: Path, state: dict[str, Any]) -> None:
    """The same without a previous one."""
    with _written(state, path):
        pass


@contextmanager
def _written(state: dict[str, Any], path: Path) -> Iterator[None]:
    """The state, which is whole on the disk within the block, is at ``path`` after it."""
    content = io.BytesIO()
    torch.save(state, content)  # on a full disk it would raise an error of its own, which does not say so
    with replacing(path) as new:
        with new.open("wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        yield


def previous(path: Path) -> Path:
    """Where the checkpoint before the one at ``path`` is kept."""
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def load(path: Path, device: str = "cpu") -> dict[str, Any]:
    """Reads tensors and plain containers only, so a checkpoint cannot run code.

    Raises:
        FileNotFoundError: there is none.
        Unfit: it cannot be trusted.
    """
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                whole = archive.testzip() is None
        except Exception:  # damage may have any effect
            whole = False
        if not whole:
            raise Unfit(f"{path}: the checkpoint is cut off or altered")
        try:
            file.seek(0)
            return torch.load(file, map_location=device, weights_only=True)
        except Exception as error:  # unpickling may raise anything
            raise Unfit(f"{path}: {str(error).splitlines()[0]}") from error


def load_to_continue(path: Path, device: str = "cpu", *, lineage: str, steps: int | None = None) -> dict[str, Any]:
    """The checkpoint of a cell, with what the cell's journal held at the same step.

    Raises:
        FileNotFoundError: there is none.
        Unfit: as :func:`load` says, or it is of another run than that of the ``lineage``, or of one that is longer than
            ``steps``, or the journal is altered.
    """
    state = load(path, device)
    if state.get("lineage") != lineage:
        raise Unfit(f"{path}: the checkpoint is of another run")
    try:
        if steps is not None and state["step"] > steps:
            raise Unfit(f"{path}: the checkpoint is of a longer run, at step {state['step']}")
        return state | {"journal": Journal(path.parent).until(state["journal"])}
    except Altered as error:
        raise Unfit(f"{path}: {error} up to step {state['step']}") from error
    except Unfit:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unfit(f"{path}: it does not fit this run ({type(error).__name__}: {error})") from error


def last_good(path: Path, device: str = "cpu", *, lineage: str, steps: int | None = None) -> dict[str, Any] | None:
    """What :func:`load_to_continue` gives of the checkpoint at ``path`` or else of the previous one; None where neither
    will do.

    Those that will not are named in the log and set aside.
    """
    for candidate in (path, previous(path)):
        try:
            return load_to_continue(candidate, device, lineage=lineage, steps=steps)
        except FileNotFoundError:
            continue
        except Unfit as reason:
            set_aside(candidate, str(reason))
    return None


def set_last_aside(path: Path, reason: str) -> None:
    """Sets aside what :func:`last_good` has given, which turned out not to fit."""
    candidate = path if path.exists() else previous(path)
    set_aside(candidate, f"{candidate}: {reason}")


def set_aside(path: Path, reason: str) -> None:
    """Keeps a file that cannot be used out of the way, and names it in the log."""
    log.warning("%s; it is set aside", reason)
    path.replace(path.with_suffix(".damaged"))
