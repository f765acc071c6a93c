"""Folders of cells as the runner leaves them, with chosen scores."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

WriteCell = Callable[..., Path]


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """The folder that :func:`write_cell` and :func:`ask_for` write into."""
    return tmp_path / "outputs"


@pytest.fixture
def write_cell(outputs: Path) -> WriteCell:
    """Writes one cell and returns its folder; settings are dotted names."""

    def write(
        estimator: str = "nvil",
        task: str = "vae_bernoulli",
        seed: int = 0,
        bound: float = 100.0,
        status: str = "done",
        data: str = "mnist5k-dynamic",
        steps_per_second: float = 200.0,
        cost_evaluations: int | None = 1,
        **settings: Any,
    ) -> Path:
        names = {"estimator": estimator, "task": task, "data": data}
        overrides = [f"estimator={estimator}", f"task={task}", f"seed={seed}"]
        overrides += [f"{key}={value}" for key, value in settings.items()]
        cell = hashlib.sha256(" ".join([*overrides, data]).encode()).hexdigest()[:12]
        folder = outputs / f"{estimator}.{task}.{data}.s{seed}.{cell}"
        folder.mkdir(parents=True)
        config: dict[str, Any] = {
            "estimator": {"_target_": f"estimators.{estimator}"},
            "task": {"_target_": f"tasks.{task}", "latent": {"n": 200}},
            "data": {"binarisation": "dynamic"},
            "optimizer": {"_target_": "torch.optim.Adam", "lr": 0.001, "betas": [0.9, 0.999]},
            "runner": {"steps": 20, "bound_samples": 100},
            "seed": seed,
            "device": "cpu",
            "threads": 1,
            "names": names,
        }
        for key, value in settings.items():
            section, _, name = key.partition(".")
            config[section][name] = value
        m = config["runner"]["bound_samples"]
        done = status == "done"
        meta = {
            "cell": cell,
            "names": names,
            "seed": seed,
            "overrides": overrides,
            "status": status,
            "reason": None if done else f"why it {status}",
            "step": 20 if done else 10,
            "scores": {"negative_elbo": bound + 5, "negative_bound": bound, "bound_samples": m} if done else {},
            "steps_per_second": steps_per_second if done else None,
            "cost_evaluations": cost_evaluations if done else None,
            "peak_memory_mb": 400.0,
        }
        curve = [{"step": step, "valid_negative_elbo": bound + 100 / step} for step in (5, 10, 15, 20)]
        timings = [{"step": step, "seconds": step / steps_per_second} for step in (5, 10, 15, 20)]
        for log, entries in {"metrics.jsonl": curve, "timings.jsonl": timings}.items():
            entries = entries if done else entries[:2]
            (folder / log).write_text("".join(json.dumps(entry) + "\n" for entry in entries))
        (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        (folder / "meta.json").write_text(json.dumps(meta))
        return folder

    return write


@pytest.fixture
def ask_for(outputs: Path) -> Callable[..., None]:
    """Writes ``sweep.json``: each argument is the overrides of a cell, separated by spaces."""

    def write(*cells: str) -> None:
        outputs.mkdir(exist_ok=True)
        (outputs / "sweep.json").write_text(json.dumps({"cells": [cell.split() for cell in cells]}))

    return write
