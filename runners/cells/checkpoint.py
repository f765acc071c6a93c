"""The state of an interrupted training run, complete enough to continue with the same bits.

A checkpoint is a file of ``torch.save``, which is a zip archive with checksums. The previous checkpoint is kept too.
The journal is not part of it, only its length and digest at that step.
"""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import torch

from runners.cells.files import replacing
from runners.cells.journal import Altered, Journal
from runners.cells.progress import log


class Unfit(ValueError):  # noqa: N818 - a state of the file
    """A run cannot resume from a checkpoint: it is truncated, altered, or belongs to another run, or contains anything
    but tensors and plain containers; or the journal next to it was altered."""


def save(path: Path, state: dict[str, Any], *, keep: bool = True) -> None:
    """Writes a checkpoint atomically; with ``keep``, the existing one becomes the previous checkpoint."""
    content = io.BytesIO()
    torch.save(state, content)  # writing to a full disk directly, it would raise an error that does not say so
    with replacing(path) as new:
        with new.open("wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        if keep and path.exists():
            path.replace(previous(path))


def previous(path: Path) -> Path:
    """The path of the checkpoint before the one at ``path``."""
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def load(path: Path, device: str = "cpu") -> dict[str, Any]:
    """Reads a checkpoint, whose content may only be tensors and plain containers, so that it cannot run code.

    Raises:
        FileNotFoundError: there is none.
        Unfit: it is damaged.
    """
    if path.exists() and not path.is_file():  # a pipe would have no end
        raise Unfit(f"{path}: this is not a regular file")
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                stored = all(member.compress_type == zipfile.ZIP_STORED for member in archive.infolist())
                whole = stored and archive.testzip() is None  # compressed, a small file could fill the memory
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
    """The checkpoint of a cell, with the content of the cell's journal at the same step.

    Raises:
        FileNotFoundError: there is none.
        Unfit: it is damaged, has another ``lineage``, or is beyond step ``steps``; or the journal was altered.
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
    """The checkpoint at ``path``, or else the previous one, as :func:`load_to_continue` returns it; None if neither can
    be used.

    Unusable checkpoints are set aside, with a line in the log.
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
    """Sets aside the checkpoint that :func:`last_good` returned, which turned out not to fit."""
    candidate = path if path.exists() else previous(path)
    set_aside(candidate, f"{candidate}: {reason}")


def set_aside(path: Path, reason: str) -> None:
    """Renames an unusable file, and logs the reason."""
    log.warning("%s; it is set aside", reason)
    path.replace(path.with_suffix(".damaged"))
