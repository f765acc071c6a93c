"""Folders with many cells, or with long journals, as large sweeps and long runs write them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml

from results.flatten import flatten
from runners.cells.files import digest_of_file
from tests.results.conftest import cell_writer

ESTIMATORS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(Path("conf/estimator").glob("*.yaml"))}

TASKS = sorted(path.stem for path in Path("conf/task").glob("*.yaml"))


def write_sweep(outputs: Path, estimators: int, tasks: int, seeds: int, evaluations: int = 100) -> None:
    """Writes the finished cells of a sweep over estimators, tasks and seeds of this package, by configuration name.

    The first seed of an estimator on a task is written as :func:`cell_writer` writes it; the others are copies with
    their own seed, id, scores and journal.
    """
    noise = np.random.default_rng(0)
    steps = [100 * (1 + number) for number in range(evaluations)]
    with pytest.MonkeyPatch.context() as patch:
        write = cell_writer(outputs, patch)
        for place, task in enumerate(TASKS[:tasks]):
            for rank, estimator in enumerate(list(ESTIMATORS)[:estimators]):
                level = 100.0 + 10 * place + rank
                settings = flatten(ESTIMATORS[estimator], "estimator.")
                first = write(estimator, task, bound=level, valid=level + 1, **settings)
                write_journal(first, steps, level)
                for seed in range(1, seeds):
                    bound = round(level + noise.normal(), 6)
                    write_journal(_copied(first, seed, bound), steps, bound)


def write_journal(folder: Path, steps: Sequence[int], level: float) -> None:
    """A journal of a training loss and a validation score that approach a level, and its digest in the record."""
    noise = np.random.default_rng(int(level * 1000))
    values = level + 200 / np.sqrt(1 + np.asarray(steps)) + noise.normal(size=len(steps))
    _write_lines(folder / "metrics.jsonl", _scores(steps, values))
    _write_lines(folder / "timings.jsonl", ({"step": step, "seconds": round(step / 90, 3)} for step in steps))
    meta = json.loads((folder / "meta.json").read_text())
    meta["digests"] = {name: digest_of_file(folder / name) for name in ("config.yaml", "metrics.jsonl")}
    (folder / "meta.json").write_text(json.dumps(meta))


def _scores(steps: Sequence[int], values: np.ndarray) -> Iterator[dict[str, float]]:
    for step, value in zip(steps, values, strict=True):
        yield {"step": step, "train_loss": value + math.pi, "valid_negative_elbo": value}


def _write_lines(path: Path, entries: Iterator[dict[str, float]]) -> None:
    path.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))


def _copied(folder: Path, seed: int, bound: float) -> Path:
    """A copy of a cell as the cell of another seed with another score."""
    cell = hashlib.sha256(f"{folder.name} {seed}".encode()).hexdigest()[:12]
    copy = folder.with_name(f"{folder.name.rpartition('.s0.')[0]}.s{seed}.{cell}")
    copy.mkdir()
    text = (folder / "config.yaml").read_text()
    assert "\nseed: 0\n" in text
    (copy / "config.yaml").write_text(text.replace("\nseed: 0\n", f"\nseed: {seed}\n"))
    meta = json.loads((folder / "meta.json").read_text())
    meta["scores"] |= {"negative_bound": bound, "negative_elbo": bound + 5, "valid_negative_bound": bound + 1}
    overrides = [f"seed={seed}" if word == "seed=0" else word for word in meta["overrides"]]
    (copy / "meta.json").write_text(json.dumps(meta | {"cell": cell, "seed": seed, "overrides": overrides}))
    return copy
