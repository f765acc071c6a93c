"""Every experiment goes with every launcher, and the same small sweep through each gives the same numbers."""

from __future__ import annotations

import functools
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from omegaconf import DictConfig

import runners.config.as_given  # noqa: F401 - the configuration calls its resolver
from tests.runners.forked import command
from tests.runners.launched import run

SWEEP = ["-m", "estimator=nvil,gumbel_softmax", "data._target_=tests.conftest.stripes", "runner.steps=10"]
SWEEP += ["runner.evaluate_every=5", "runner.batch_size=20", "runner.bound_samples=2"]

CONF = Path(__file__).parents[3] / "conf"
EXPERIMENTS = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))

NEEDS = {"ray": "ray", "ray_cluster": "ray", "ray_aws": "ray"}
"""Modules that launchers need and that `make install` does not bring."""


@functools.cache
def launchers() -> list[str]:
    """The options of ``hydra/launcher`` whose plug-ins are installed."""
    Plugins.instance()  # finds the plug-ins
    with initialize_config_module("conf", version_base="1.3"):
        options = GlobalHydra.instance().config_loader().get_group_options("hydra/launcher")
    return [name for name in options if name not in NEEDS or importlib.util.find_spec(NEEDS[name])]


def launcher_of(*overrides: str) -> DictConfig:
    with initialize_config_module("conf", version_base="1.3"):
        return compose("config", list(overrides), return_hydra_config=True).hydra.launcher


PAIRS = [
    pytest.param(launcher, experiment, marks=() if experiment == "smoke" else pytest.mark.slow)
    for launcher in launchers()
    for experiment in EXPERIMENTS
]


@pytest.mark.parametrize(("launcher", "experiment"), PAIRS)
def test_every_experiment_can_be_run_with_every_launcher(launcher: str, experiment: str):
    assert isinstance(built(launcher_of(f"experiment={experiment}", f"hydra/launcher={launcher}")), Launcher)


def built(settings: DictConfig) -> object:
    arguments = {str(key): value for key, value in settings.items() if key != "_target_"}
    return Plugins.instance().class_name_to_class[settings._target_](**arguments)


def test_all_launchers_of_the_documentation_are_there():
    documented = {"basic", "joblib", "submitit_local", "slurm", "slurm_gpu"}
    assert documented <= set(launchers())


@pytest.mark.slow
def test_experiments_run_a_cell_a_core_unless_time_is_what_they_measure():
    for experiment in EXPERIMENTS:
        settings = launcher_of(f"experiment={experiment}")
        side_by_side = settings._target_.endswith("JoblibLauncher")
        assert side_by_side == (experiment not in ("smoke", "speed", "scaling")), experiment
        assert not side_by_side or settings.n_jobs == -1
        assert isinstance(built(settings), Launcher)


def scores(folder: Path, launcher: str = "") -> dict[str, Any]:
    """Of every cell of the sweep, by folder, with the log of its training."""
    ended = run(*SWEEP, *([f"hydra/launcher={launcher}"] if launcher else []), f"output={folder}")
    assert ended.returncode == 0, ended.stderr
    assert "2 cells ended, 0 of them without success" in ended.stdout
    return {
        path.parent.name: (json.loads(path.read_text())["scores"], (path.parent / "metrics.jsonl").read_text())
        for path in folder.glob("*/meta.json")
    }


@pytest.fixture(scope="module")
def one_after_the_other(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found = scores(tmp_path_factory.mktemp("basic"))
    assert len(found) == 2
    return found


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
def test_a_launcher_changes_no_number(tmp_path: Path, one_after_the_other: dict[str, Any], launcher: str):
    assert scores(tmp_path, launcher) == one_after_the_other


@pytest.mark.slow
@pytest.mark.skipif("ray" not in launchers(), reason="ray is optional: see docs/clusters.md")
def test_ray_changes_no_number(tmp_path: Path, one_after_the_other: dict[str, Any]):
    assert scores(tmp_path, "ray") == one_after_the_other


@pytest.fixture
def ray_cluster() -> Iterator[None]:
    """A cluster of this machine alone, which runs before its user comes."""
    ray = Path(sys.executable).with_name("ray")
    subprocess.run([ray, "start", "--head", "--num-cpus", "2", "--include-dashboard", "false"], check=True)
    try:
        yield
    finally:
        subprocess.run([ray, "stop"], check=True)


@pytest.mark.slow
@pytest.mark.usefixtures("ray_cluster")
@pytest.mark.skipif("ray" not in launchers(), reason="ray is optional: see docs/clusters.md")
def test_a_ray_cluster_that_runs_already_changes_no_number(tmp_path: Path, one_after_the_other: dict[str, Any]):
    assert scores(tmp_path, "ray_cluster") == one_after_the_other


@pytest.mark.parametrize(("launcher", "gpus"), [("slurm", 0), ("slurm_gpu", 1)])
def test_a_slurm_job_has_the_cores_and_the_gpu_of_its_cell(tmp_path: Path, launcher: str, gpus: int):
    words = ["experiment=smoke", f"hydra/launcher={launcher}", "--cfg", "hydra", "-p", "hydra.launcher"]
    shown = command(*words, folder=tmp_path).stdout
    assert "SlurmLauncher" in shown
    assert f"gpus_per_node: {gpus}" in shown
    assert "cpus_per_task: ${threads}" in shown
