"""The same small sweep through every launcher gives the same numbers."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SWEEP = ["-m", "estimator=nvil,gumbel_softmax", "data._target_=tests.conftest.stripes", "runner.steps=10"]
SWEEP += ["runner.evaluate_every=5", "runner.batch_size=20", "runner.bound_samples=2"]


def scores(folder: Path, launcher: str) -> dict[str, Any]:
    """Of every cell of the sweep, by folder, with the log of its training."""
    command = [sys.executable, "-m", "runners.run", *SWEEP, f"hydra/launcher={launcher}", f"output={folder}"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "2 cells ended, 0 of them without success" in ended.stdout
    return {
        path.parent.name: (json.loads(path.read_text())["scores"], (path.parent / "metrics.jsonl").read_text())
        for path in folder.glob("*/meta.json")
    }


@pytest.fixture(scope="module")
def one_after_the_other(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found = scores(tmp_path_factory.mktemp("basic"), "basic")
    assert len(found) == 2
    return found


@pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
def test_a_launcher_changes_no_number(tmp_path: Path, one_after_the_other: dict[str, Any], launcher: str):
    assert scores(tmp_path, launcher) == one_after_the_other


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is optional: see docs/clusters.md")
def test_ray_changes_no_number(tmp_path: Path, one_after_the_other: dict[str, Any]):
    assert scores(tmp_path, "ray") == one_after_the_other


@pytest.mark.parametrize(("launcher", "gpus"), [("slurm", 0), ("slurm_gpu", 1)])
def test_a_slurm_job_has_the_cores_and_the_gpu_of_its_cell(launcher: str, gpus: int):
    command = [
        sys.executable,
        "-m",
        "runners.run",
        "experiment=smoke",
        f"hydra/launcher={launcher}",
    ]
    command += ["--cfg", "hydra", "-p", "hydra.launcher"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert "SlurmLauncher" in shown
    assert f"gpus_per_node: {gpus}" in shown
    assert "cpus_per_task: ${threads}" in shown
