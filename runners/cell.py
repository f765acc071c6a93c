"""A cell on disk: its identity, its folder and its record."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
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

OTHER_DRAWS = ("device", "threads", "runner.vectorize", "runner.replicas", "runner.cuda_graph")
"""Keys with which scores have the same distribution but are other draws from it: noise comes from another generator, or
sums are taken in another order. See :func:`draws_with`."""

WITHOUT_EFFECT = (
    "names",
    "output",
    "runner.checkpoint_every",
    "runner.tensorboard",
    "runner.extend_from",
    *(f"runner.{key}" for key in EXECUTION if f"runner.{key}" not in OTHER_DRAWS),
)
"""Keys with which a cell has the same bits."""

NOT_IDENTIFYING = (*WITHOUT_EFFECT, *OTHER_DRAWS)
"""Keys of the configuration that take no part in a cell's identity."""

SCORING = ("runner.test", "runner.bound_samples", "runner.valid_samples")
"""Keys that say how a trained model is scored; training does not depend on them."""

VERSIONED = ("estimator", "task")
"""Sections whose classes have a ``version``."""

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

    def open(self, overrides: list[str], environment: Mapping[str, Any], replicas: int = 1) -> None:
        """Creates the folder, or takes up an interrupted cell, and records that it runs.

        Args:
            overrides: of the command that it comes from.
            environment: what it runs on.
            replicas: cells that are trained with it as one program.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for half_written in self.folder.glob("*.tmp"):
            half_written.unlink()
        write_atomically(self.folder / "config.yaml", RERUN + OmegaConf.to_yaml(self.config, resolve=True))
        self.record(
            cell=self.id,
            names=OmegaConf.to_container(self.config.names, resolve=True),
            config=OmegaConf.to_container(self.config, resolve=True),  # read much faster than YAML
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
        meta = self.meta | changes
        write_atomically(self.folder / "meta.json", json.dumps(meta, indent=1) + "\n")

    def close(self, status: Status, reason: str | None = None, **entries: Any) -> None:
        """Records how the cell ended, with digests by which a reader sees that its files are as it left them."""
        paths = {name: self.folder / name for name in ("config.yaml", "metrics.jsonl")}
        digests = {name: digest_of_file(path) for name, path in paths.items() if path.exists()}
        self.record(status=status, reason=reason, finished=now(), digests=digests, **entries)


def identity(config: DictConfig) -> str:
    """Twelve hexadecimal digits of a hash of everything that determines the distribution of the cell's numbers.

    That is the resolved configuration without :data:`NOT_IDENTIFYING`, and the ``version`` of the estimator's and the
    task's class. It does not depend on the order of keys, nor on whether a whole number is written 1 or 1.0.

    Options of these two classes that have their default, and options of optimizers and runners that are null, are as if
    they were not there: one that a class is given later leaves the ids of earlier cells as they are. So a class whose
    default changes needs another ``version``.
    """
    return digest([_without(config, NOT_IDENTIFYING), class_versions(config)])


def lineage(config: DictConfig) -> str:
    """The same of what determines a run of training, however long it is and however it is scored in the end."""
    return digest([_without(config, (*NOT_IDENTIFYING, *SCORING, "runner.steps")), class_versions(config)])


def _without(config: DictConfig, keys: Iterable[str]) -> dict[Any, Any]:
    resolved = OmegaConf.to_container(config, resolve=True)
    assert isinstance(resolved, dict)
    for key in keys:
        *path, last = key.split(".")
        node = resolved
        for part in path:
            node = node.get(part, {})
        node.pop(last, None)
    for part in VERSIONED:
        defaults = _defaults(config[part])
        resolved[part] = {
            key: value
            for key, value in resolved[part].items()
            if key not in defaults or _canonical(defaults[key]) != _canonical(value)
        }
    for part in ("optimizer", "auxiliary_optimizer", "runner"):
        resolved[part] = {key: value for key, value in resolved[part].items() if value is not None}
    return resolved


def _defaults(node: DictConfig) -> dict[str, Any]:
    """The arguments that the class of ``node`` need not be given, with the values that they then have."""
    try:
        parameters = inspect.signature(locate(node._target_)).parameters.values()
    except Exception:  # of a class that cannot be imported, or that tells nothing of its arguments
        return {}
    return {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}


def draws_with(config: DictConfig, replicas: int) -> dict[str, Any]:
    """What the values of :data:`OTHER_DRAWS` come to, for a cell in one program with so many, itself included."""
    device = config.device.partition(":")[0]
    recorded = device == "cuda" and bool(config.runner.get("cuda_graph"))
    return {"device": device, "threads": config.threads, "replicas": replicas, "cuda_graph": recorded}


def class_versions(config: DictConfig) -> dict[str, Any]:
    """The ``version`` of the estimator's and the task's class, which is raised when their numbers change."""
    return {part: class_fact(config[part], "version") for part in VERSIONED}


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
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
