"""Paths mean what the user of the command line means by them, wherever a job works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import runners
from tests.crossing import one_in
from tests.runners.forked import command
from tests.runners.launched import SMALL, metas

ROOT = Path(__file__).parents[3]


def run_in(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Gives the command in that folder, with it as home; in a new interpreter where it starts others, as these are
    waited for at the end of a fork."""
    places = {"HOME": str(folder), "PYTHONPATH": str(ROOT)} | environment
    if not any(word.startswith("hydra/launcher=") for word in arguments):
        return command(*arguments, folder=folder.parent, cwd=folder, environment=places)
    words = [sys.executable, "-m", "runners.run", *arguments]
    return subprocess.run(words, cwd=folder, env=os.environ | places, capture_output=True, text=True, check=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


JOBS = {
    "basic": ["-m", "seed=0,1"],
    "one cell": [],
    "joblib": ["-m", "seed=0,1", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"],
    "submitit": ["-m", "seed=0,1", "hydra/launcher=submitit_local"],
    "replicas": ["-m", "seed=0,1", "runner.vectorize=true"],
    "isolated": ["runner.isolate=true"],
}


@pytest.mark.parametrize("job", one_in(len(JOBS), JOBS))
def test_cells_are_in_the_folder_that_output_names_also_when_jobs_change_theirs(home: Path, job: str):
    ended = run_in(home, *JOBS[job], *SMALL, "output=mine", "hydra.job.chdir=true")
    assert ended.returncode == 0, ended.stderr
    assert {meta["status"] for meta in metas(home / "mine").values()} == {"done"}
    assert len(metas(home / "mine")) == (2 if "-m" in JOBS[job] else 1)
    assert not (home / "mine" / "mine").exists()
    one_by_one = [word for word in JOBS[job] if "launcher" not in word]
    again = run_in(home, *one_by_one, *SMALL, "output=mine")
    assert again.stdout.count("(finished before)") == len(metas(home / "mine"))


@pytest.mark.parametrize("job", one_in(3, ["basic", "one cell", "joblib"]))
def test_a_tilde_is_the_home_folder(home: Path, tmp_path: Path, job: str):
    here = tmp_path / "elsewhere"
    here.mkdir()
    ended = run_in(here, *JOBS[job], *SMALL, "output=~/mine", HOME=str(home))
    assert ended.returncode == 0, ended.stderr
    assert {meta["status"] for meta in metas(home / "mine").values()} == {"done"}
    assert not list(here.iterdir())


def test_a_tilde_is_the_home_folder_of_a_program_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert runners.compose("output=~/mine").output == str(tmp_path / "mine")


@pytest.mark.parametrize("folder", ["~/data", "data"])
def test_jobs_elsewhere_look_for_data_where_the_user_has_it(home: Path, folder: str):
    look = "data._target_=tests.runners.mishaps.first_data_folder"
    run_in(home, look, *SMALL[1:], "output=mine", "hydra.job.chdir=true", GUMBEL_BENCH_DATA=folder)
    (meta,) = metas(home / "mine").values()
    assert meta["reason"] == f"ValueError: {home / 'data'}"
