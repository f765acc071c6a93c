"""The state of an interrupted training run, complete enough to continue with the same bits.

A checkpoint is a file of ``torch.save`` with a SHA-256 of itself in the comment at its end: ``torch.load`` reads it as
any other, and damage is seen. The one before it is kept.
"""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import Any

import torch

from runners.cells.files import replacing
from runners.cells.progress import log

DIGITS = 64
"""Of the SHA-256, in hexadecimal."""


class Damaged(ValueError):  # noqa: N818 - a state of the file
    """A checkpoint was cut off or altered, or holds something else than tensors and plain containers."""


def save(path: Path, state: dict[str, Any]) -> None:
    """Writes the state; a reader sees the old file or the whole new one. What stood there becomes the previous one."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    # A zip archive ends with the length of its comment, which is the digest that follows.
    body = buffer.getvalue()[:-2] + DIGITS.to_bytes(2, "little")
    with replacing(path) as new:
        with new.open("wb") as file:
            file.write(body + hashlib.sha256(body).hexdigest().encode())
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            path.replace(previous(path))


def previous(path: Path) -> Path:
    """Where the checkpoint before the one at ``path`` is kept."""
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def load(path: Path, device: str = "cpu") -> dict[str, Any]:
    """Reads tensors and plain containers only, so a checkpoint cannot run code.

    Raises:
        FileNotFoundError: there is none.
        Damaged: it cannot be trusted.
    """
    content = path.read_bytes()
    body, digest = content[:-DIGITS], content[-DIGITS:]
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise Damaged(f"{path}: the checkpoint is cut off or altered")
    try:
        return torch.load(io.BytesIO(content), map_location=device, weights_only=True)
    except Exception as error:  # unpickling may raise anything
        raise Damaged(f"{path}: {str(error).splitlines()[0]}") from error


def last_good(path: Path, device: str = "cpu", *, lineage: str) -> dict[str, Any] | None:
    """The checkpoint at ``path``, or the previous one if that is damaged; None when there is none to go on from.

    Damaged ones, and those of another run than that of the ``lineage``, are named in the log and set aside.
    """
    for candidate in (path, previous(path)):
        try:
            state = load(candidate, device)
            if state.get("lineage") != lineage:
                raise Damaged(f"{candidate}: the checkpoint is of another run")
            return state
        except FileNotFoundError:
            continue
        except Damaged as damage:
            log.warning("%s; it is set aside", damage)
            candidate.replace(candidate.with_suffix(".damaged"))
    return None
