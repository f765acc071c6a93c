"""A cell on disk: its identity, its folder and its record."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout
from omegaconf import DictConfig, OmegaConf

from runners.files import write_atomically
from runners.validation import locate

Status = Literal["done", "diverged", "failed", "crashed", "timeout", "skipped", "interrupted", "running"]

UNSUCCESSFUL = ("failed", "crashed", "timeout")
"""How a cell ends that should have had scores."""

EXECUTION = ("timeout", "retry", "attempts", "isolate", "vectorize", "replicas")
"""Keys of the section ``runner`` that say how a cell is run; the others are the runner's own arguments."""

WITHOUT_EFFECT = (
    "names",
    "output",
    "device",
    "threads",
    "runner.checkpoint_every",
    "runner.tensorboard",
    "runner.cuda_graph",
    *(f"runner.{key}" for key in EXECUTION),
)
"""Keys of the configuration that cannot change the numbers and so do not take part in a cell's identity."""


RERUN = """\
# This file alone runs the cell again, here with FOLDER for the folder that it lies in:
# python -m runners.run --config-path FOLDER --config-name config output=outputs/again
"""


class Cell:
    """One (estimator, task, data, optimizer, runner, seed) and the folder that keeps all of it in plain files.

    ``config.yaml``, ``meta.json``, ``metrics.jsonl`` (scores), ``timings.jsonl`` (seconds), ``checkpoint.pt``,
    ``cell.log``.
    """

    def __init__(self, config: DictConfig) -> None:
        self.config = config
        self.id = identity(config)
        names = config.names
        label = re.sub(r"[^\w.=-]+", "_", f"{names.estimator}.{names.task}.{names.data}.s{config.seed}")
        self.folder = Path(config.output) / f"{label}.{self.id}"

    @property
    def meta(self) -> dict[str, Any]:
        """The record in ``meta.json``; empty before the cell has started, and when it cannot be read."""
        try:
            meta = json.loads((self.folder / "meta.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return meta if isinstance(meta, dict) else {}

    @property
    def finished(self) -> bool:
        """True when the cell has ended: done, diverged or not applicable, or without success."""
        return self.meta.get("status") in ("done", "diverged", "skipped") or self.unsuccessful

    @property
    def unsuccessful(self) -> bool:
        """True when it ended in one of the ways that may end otherwise the next time."""
        return self.meta.get("status") in UNSUCCESSFUL

    @property
    def deaths(self) -> int:
        """How often in a row its process died without a word and without a new checkpoint."""
        meta = self.meta
        if meta.get("status") != "running" or meta.get("checkpoint") != self._checkpoint_stamp():
            return 0
        return meta.get("deaths", 0) + 1

    def _checkpoint_stamp(self) -> int | None:
        path = self.folder / "checkpoint.pt"
        return path.stat().st_mtime_ns if path.exists() else None

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """True for the block when no other process has the cell; the system takes the lock from one that dies."""
        folder = self.folder.parent / ".locks"
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{self.id}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def open(self, overrides: list[str], environment: Mapping[str, Any]) -> None:
        """Creates the folder, or takes up an interrupted cell, and records that it runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for half_written in self.folder.glob("*.tmp"):
            half_written.unlink()
        write_atomically(self.folder / "config.yaml", RERUN + OmegaConf.to_yaml(self.config, resolve=True))
        self.record(
            cell=self.id,
            names=OmegaConf.to_container(self.config.names, resolve=True),
            config=OmegaConf.to_container(self.config, resolve=True),  # read much faster than YAML
            objective=class_fact(self.config.estimator, "objective"),
            seed=self.config.seed,
            overrides=overrides,
            status="running",
            reason=None,
            started=self.meta.get("started") or now(),
            finished=None,
            process=os.getpid(),
            deaths=self.deaths,
            checkpoint=self._checkpoint_stamp(),
            **environment,
        )

    def record(self, **changes: Any) -> None:
        """Changes entries of ``meta.json``."""
        meta = self.meta | changes
        write_atomically(self.folder / "meta.json", json.dumps(meta, indent=1) + "\n")

    def close(self, status: Status, reason: str | None = None, **entries: Any) -> None:
        """Records how the cell ended, with digests by which a reader sees that its files are as it left them."""
        paths = {name: self.folder / name for name in ("config.yaml", "metrics.jsonl")}
        digests = {name: digest_of_file(path) for name, path in paths.items() if path.exists()}
        self.record(status=status, reason=reason, finished=now(), digests=digests, **entries)


def identity(config: DictConfig) -> str:
    """Twelve hexadecimal digits of a hash of everything that determines the cell's numbers.

    That is the resolved configuration without :data:`WITHOUT_EFFECT`, and the ``version`` of the estimator's and the
    task's class. It does not depend on the order of keys, nor on whether a whole number is written 1 or 1.0.
    """
    resolved = OmegaConf.to_container(config, resolve=True)
    assert isinstance(resolved, dict)
    for key in WITHOUT_EFFECT:
        *path, last = key.split(".")
        node = resolved
        for part in path:
            node = node.get(part, {})
        node.pop(last, None)
    versions = {part: class_fact(config[part], "version") for part in ("estimator", "task")}
    return digest([resolved, versions])


def class_fact(node: DictConfig, name: str) -> Any:
    """An attribute of the class that ``node`` names; None where there is no such class, which its cell will report."""
    try:
        return getattr(locate(node._target_), name, None)
    except Exception:  # a module of anybody's may raise anything as it is imported
        return None


def digest(value: Any) -> str:
    """Twelve hexadecimal digits of a hash of plain containers, whatever the order of their keys."""
    text = json.dumps(_canonical(value), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def digest_of_file(path: Path) -> str:
    """Twelve hexadecimal digits of a hash of its bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
