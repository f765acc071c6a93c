"""A cell on disk: its identity, its folder and its record."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from omegaconf import DictConfig, OmegaConf

from runners.cells.files import digest_of_file, remove_half_written, write_atomically
from runners.cells.identity import class_fact, class_versions, defaults_in, draws_with, identity, lineage
from runners.cells.record import DIGESTED, SUCCESSFUL, UNSUCCESSFUL, Record, Status, read_record, require_sound
from runners.config.classes import importing_within
from runners.config.kinds import Name, fits

RERUN = """\
# This file alone runs the cell again. FOLDER is the folder that contains it:
# python -m runners.run --config-path FOLDER --config-name config output=outputs/again
"""


KEPT = ("checkpoint.pt", "scaling.jsonl", "scores.pt")
"""Files in which runners keep their progress, from which the next process resumes."""


LONGEST = 200
"""Limit on the length of the names in a folder's name, bytes; file systems allow 255 in all."""


class Cell:
    """One (estimator, task, data, optimizer, runner, seed) and its folder of plain files.

    The files are ``config.yaml``, ``meta.json``, ``metrics.jsonl`` (scores), ``timings.jsonl`` (seconds),
    ``checkpoint.pt`` and ``cell.log``.

    Args:
        config: the resolved configuration, without mistakes (:func:`runners.config.validation.mistakes_in`).
        overrides: the overrides on the command line that it was composed from.
    """

    def __init__(self, config: DictConfig, overrides: Sequence[str] = ()) -> None:
        self.config = config
        self.overrides = tuple(overrides)
        self.output = Path(config.output).absolute()  # before any code of the cell may change the working directory

    @cached_property
    def id(self) -> str:
        with importing_within(self.config.runner.get("timeout")):
            return identity(self.config)

    @cached_property
    def folder(self) -> Path:
        names = self.config.names
        label = re.sub(r"[^\w.=-]+", "_", f"{names.estimator}.{names.task}.{names.data}.s{self.config.seed}")
        label = label.lstrip(".-").encode()[:LONGEST].decode(errors="ignore")
        return self.output / f"{label}.{self.id}"

    @property
    def log(self) -> Path:
        return self.folder / "cell.log"

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    @cached_property
    def lineage(self) -> str:
        """A hash that is the same for all cells that can resume from each other's checkpoints."""
        return lineage(self.config)

    @property
    def meta(self) -> Record:
        """The record in ``meta.json``; empty if the cell has not started or the record cannot be read."""
        return read_record(self.folder)

    @property
    def finished(self) -> bool:
        """Whether the cell has ended, successfully or not. An interrupted cell has not."""
        return self.meta.get("status") in SUCCESSFUL or self.unsuccessful

    @property
    def has_begun(self) -> bool:
        """Whether the folder contains any results."""
        journal = self.folder / "metrics.jsonl"
        return self.checkpoint.exists() or (journal.exists() and journal.stat().st_size > 0)

    @property
    def unsuccessful(self) -> bool:
        """Whether the cell ended in a way that another attempt may change: failed, crashed or timed out."""
        return self.meta.get("status") in UNSUCCESSFUL

    @property
    def deaths(self) -> int:
        """How many times in a row its process died without having made progress since the previous death."""
        meta = self.meta
        if meta.get("status") != "running" or meta.get("checkpoint") != self._progress():
            return 0
        return meta.get("deaths", 0) + 1

    def _progress(self) -> int | None:
        """When a runner last saved progress, in nanoseconds; None if it never did."""
        paths = (self.folder / name for name in KEPT)
        return max((path.stat().st_mtime_ns for path in paths if path.exists()), default=None)

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Locks the cell for the block; gives False if another process holds the lock.

        The system releases the lock of a process that dies.
        """
        folder = self.output / ".locks"
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

    def open(self, environment: Mapping[str, Any], replicas: int = 1) -> None:
        """Creates the folder if needed, and records that the cell is running.

        Args:
            environment: entries of the record, see :func:`runners.cells.environment.environment`.
            replicas: number of cells in its program, itself included.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_half_written(self.folder)
        write_atomically(self.folder / "config.yaml", RERUN + OmegaConf.to_yaml(self.config, resolve=True))
        self.record(
            draws=[draws_with(self.config, replicas)],
            status="running",
            reason=None,
            started=self.meta.get("started") or now(),
            finished=None,
            process=os.getpid(),
            deaths=self.deaths,
            checkpoint=self._progress(),
            **environment,
        )

    def record(self, **changes: Any) -> None:
        """Changes entries of ``meta.json``.

        Raises:
            Unreadable: a value does not match :class:`runners.cells.record.Record`.
        """
        meta = {**self.meta, **self._about, **changes}
        require_sound(meta)
        write_atomically(self.folder / "meta.json", json.dumps(meta, indent=1) + "\n")

    @cached_property
    def _about(self) -> dict[str, Any]:
        """The entries of the record that describe what the cell is."""
        versions = class_versions(self.config)
        facts = {name: class_fact(self.config.estimator, name) for name in ("label", "short_label", "objective")}
        return {
            "cell": self.id,
            "names": {part: str(name) for part, name in self.config.names.items()},
            **{name: fact if fits(fact, Name) else None for name, fact in facts.items()},
            "class_versions": {part: value if isinstance(value, int) else None for part, value in versions.items()},
            "defaults": defaults_in(self.config),
            "seed": self.config.seed,
            "overrides": [word.encode(errors="backslashreplace").decode() for word in self.overrides],
        }

    def close(self, status: Status, reason: str | None = None, **entries: Any) -> None:
        """Records how the cell ended, with digests from which a reader can tell whether its files changed later."""
        paths = {name: self.folder / name for name in DIGESTED}
        digests = {name: digest_of_file(path) for name, path in paths.items() if path.is_file()}
        self.record(status=status, reason=reason, finished=now(), digests=digests, **entries)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
