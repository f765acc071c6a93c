"""Paths mean what the user of the command line means by them, wherever a job works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import runners
from tests.runners.launched import SMALL, metas

ROOT = Path(__file__).parents[3]


def run_in(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Gives the command in that folder, with it as home."""
    command = [sys.executable, "-m", "runners.run", *arguments]
    places = {"HOME": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=os.environ | places | environment, capture_output=True, text=True, check=False
    )


JOBS = {
    "one cell": [],
    "basic": ["-m", "seed=0,1"],
    "joblib": ["-m", "seed=0,1", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"],
    "submitit": ["-m", "seed=0,1", "hydra/launcher=submitit_local"],
    "side by side": ["-m", "seed=0,1", "runner.vectorize=true"],
    "isolated": ["runner.isolate=true"],
}


@pytest.mark.parametrize("job", JOBS)
def test_cells_lie_in_the_folder_that_output_names_also_when_jobs_change_theirs(tmp_path: Path, job: str):
    ended = run_in(tmp_path, *JOBS[job], *SMALL, "output=mine", "hydra.job.chdir=true")
    assert ended.returncode == 0, ended.stderr
    assert {meta["status"] for meta in metas(tmp_path / "mine").values()} == {"done"}
    assert len(metas(tmp_path / "mine")) == (2 if "-m" in JOBS[job] else 1)
    assert not (tmp_path / "mine" / "mine").exists()
    again = run_in(tmp_path, *JOBS[job], *SMALL, "output=mine")
    assert again.stdout.count("(finished before)") == len(metas(tmp_path / "mine"))


@pytest.mark.parametrize("job", ["one cell", "basic", "joblib"])
def test_a_tilde_is_the_home_folder(tmp_path: Path, job: str):
    here = tmp_path / "elsewhere"
    here.mkdir()
    ended = run_in(here, *JOBS[job], *SMALL, "output=~/mine", HOME=str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert {meta["status"] for meta in metas(tmp_path / "mine").values()} == {"done"}
    assert not list(here.iterdir())


def test_a_tilde_is_the_home_folder_of_a_program_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert runners.compose("output=~/mine").output == str(tmp_path / "mine")


@pytest.mark.parametrize("folder", ["~/data", "data"])
def test_jobs_elsewhere_look_for_data_where_the_user_has_it(tmp_path: Path, folder: str):
    look = "data._target_=tests.runners.mishaps.first_data_folder"
    run_in(tmp_path, look, *SMALL[1:], "output=mine", "hydra.job.chdir=true", GUMBEL_BENCH_DATA=folder)
    (meta,) = metas(tmp_path / "mine").values()
    assert meta["reason"] == f"ValueError: {tmp_path / 'data'}"
