"""A cell on disk: its identity, its folder and its record."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from omegaconf import DictConfig, OmegaConf

from runners.cells.files import digest_of_file, remove_half_written, write_atomically
from runners.cells.identity import class_fact, class_versions, draws_with, identity, lineage
from runners.cells.record import UNSUCCESSFUL, Record, Status, read_record

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

    @cached_property
    def lineage(self) -> str:
        """What it shares with the cells that it may be the continuation of."""
        return lineage(self.config)

    @property
    def meta(self) -> Record:
        """The record in ``meta.json``; empty before the cell has started, and when it cannot be read."""
        return read_record(self.folder)

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

    def open(self, overrides: list[str], environment: Mapping[str, Any], replicas: int = 1) -> None:
        """Creates the folder, or takes up an interrupted cell, and records that it runs.

        Args:
            overrides: of the command that it comes from.
            environment: what it runs on.
            replicas: cells that are trained with it as one program.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_half_written(self.folder)
        write_atomically(self.folder / "config.yaml", RERUN + OmegaConf.to_yaml(self.config, resolve=True))
        self.record(
            cell=self.id,
            names=OmegaConf.to_container(self.config.names, resolve=True),
            label=class_fact(self.config.estimator, "label"),
            short_label=class_fact(self.config.estimator, "short_label"),
            objective=class_fact(self.config.estimator, "objective"),
            class_versions=class_versions(self.config),
            draws=[draws_with(self.config, replicas)],
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
        meta = {**self.meta, **changes}
        write_atomically(self.folder / "meta.json", json.dumps(meta, indent=1) + "\n")

    def close(self, status: Status, reason: str | None = None, **entries: Any) -> None:
        """Records how the cell ended, with digests by which a reader sees that its files are as it left them."""
        paths = {name: self.folder / name for name in ("config.yaml", "metrics.jsonl")}
        digests = {name: digest_of_file(path) for name, path in paths.items() if path.exists()}
        self.record(status=status, reason=reason, finished=now(), digests=digests, **entries)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
