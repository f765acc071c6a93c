"""A search from the command line: rungs, what is dropped, what is chosen, and that it can be interrupted."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from tests.crossing import one_in
from tests.runners.launched import SMALL, metas, run

SEARCH = ["experiment=smoke", "hydra/sweeper=halving", "estimator=nvil", "task=vae_bernoulli", "seed=0,1"]
SEARCH += ["optimizer.lr=1e-6,1e-4,1e-3", "hydra.sweeper.rungs=2", "hydra.sweeper.factor=2"]
SEARCH += ["hydra.sweeper.finalists=1", *SMALL]


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "tuning.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("searched")
    ended = run(*SEARCH, f"output={folder}")
    assert ended.returncode == 0, ended.stderr
    assert "1 of 1 pairs of estimator and task have a setting" in ended.stdout
    return folder


def test_better_settings_are_trained_for_longer_and_the_best_to_the_end(searched: Path):
    found = [(row["rung"], row["steps"], row["setting"].rpartition("=")[2], row["verdict"]) for row in rows(searched)]
    assert found == [
        ("1", "5", "1e-06", "dropped"),
        ("1", "5", "0.0001", "goes on"),
        ("1", "5", "0.001", "goes on"),
        ("2", "10", "0.0001", "dropped"),
        ("2", "10", "0.001", "chosen"),
    ]
    assert len(metas(searched)) == 2 * (3 + 2)
    asked = json.loads((searched / "sweep.json").read_text())["cells"]
    assert sorted(map(sorted, asked)) == sorted(sorted(meta["overrides"]) for meta in metas(searched).values())


def test_a_rung_trains_only_the_steps_that_it_has_more_than_the_one_before(searched: Path):
    logs = [(searched / name / "cell.log").read_text() for name, meta in metas(searched).items() if meta["step"] == 10]
    assert len(logs) == 4
    assert all("beginning with step 5" in log for log in logs)


def test_no_cell_of_a_search_has_a_test_score(searched: Path):
    for name, meta in metas(searched).items():
        assert "valid_negative_bound" in meta["scores"]
        assert "negative_bound" not in meta["scores"]
        assert OmegaConf.load(searched / name / "config.yaml").runner.test is False


def test_the_same_command_runs_nothing_twice_and_chooses_the_same(searched: Path):
    before = metas(searched), (searched / "tuning.csv").read_text()
    assert run(*SEARCH, f"output={searched}").returncode == 0
    assert (metas(searched), (searched / "tuning.csv").read_text()) == before


@pytest.mark.slow
def test_a_search_that_lost_what_came_after_a_rung_resumes_from_there(searched: Path, tmp_path: Path):
    lost = tmp_path / "lost"
    shutil.copytree(searched, lost)
    for name, meta in metas(lost).items():
        if meta["step"] == 10:
            shutil.rmtree(lost / name)
    (lost / "tuning.csv").unlink()
    shutil.rmtree(lost / "conf")
    assert run(*SEARCH, f"output={lost}").returncode == 0
    assert rows(lost) == rows(searched)
    assert (lost / "conf").exists()


def test_the_chosen_experiment_runs_with_more_seeds_and_continues_the_search(searched: Path, tmp_path: Path):
    command = ["experiment=smoke_tuned", "seed=0,1,2", f"output={tmp_path}", "--config-dir", str(searched / "conf")]
    ended = run(*command)
    assert ended.returncode == 0, ended.stderr
    finished = metas(tmp_path)
    assert sorted(meta["seed"] for meta in finished.values()) == [0, 1, 2]
    assert all(OmegaConf.load(tmp_path / name / "config.yaml").optimizer.lr == 0.001 for name in finished)
    assert all("negative_bound" in meta["scores"] for meta in finished.values())
    continued = [meta["seed"] for name, meta in finished.items() if "beginning with" in log(tmp_path / name)]
    assert sorted(continued) == [0, 1]


def log(folder: Path) -> str:
    return (folder / "cell.log").read_text()


@pytest.mark.slow
def test_groups_of_cells_that_are_one_program_can_be_searched(tmp_path: Path):
    few = ["optimizer.lr=1e-4,1e-3", "seed=0"]
    ended = run(*SEARCH, *few, "runner.vectorize=true", f"output={tmp_path}")
    assert ended.returncode == 0, ended.stderr
    assert [row["verdict"] for row in rows(tmp_path)].count("chosen") == 1


def test_an_estimator_that_does_not_apply_is_skipped_and_one_with_one_setting_is_not_run(tmp_path: Path):
    several = ["estimator=enumeration,nvil", "optimizer.lr=1e-3", "seed=0"]
    ended = run(*SEARCH, *several, f"output={tmp_path}")
    assert ended.returncode == 0, ended.stderr
    assert not metas(tmp_path)
    ended = run(*SEARCH, "estimator=enumeration", "seed=0", f"output={tmp_path}")
    assert ended.returncode == 0, ended.stderr
    assert "0 of 1 pairs of estimator and task have a setting" in ended.stdout
    assert {row["verdict"] for row in rows(tmp_path)} == {"skipped"}


def test_a_cell_that_failed_stops_the_search_before_anything_is_dropped(tmp_path: Path):
    ended = run(*SEARCH, "task.activation=sine", "seed=0", f"output={tmp_path}")
    assert ended.returncode == 1
    assert "tuning stops at rung 1: 3 settings have cells without a score" in ended.stdout
    assert {row["verdict"] for row in rows(tmp_path)} == {""}
    assert not (tmp_path / "conf").exists()


@pytest.mark.slow
def test_two_searches_at_once_share_the_work_and_choose_alike(searched: Path, tmp_path: Path):
    command = [sys.executable, "-m", "runners.run", *SEARCH, f"output={tmp_path}"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], printed
    assert rows(tmp_path) == rows(searched)
    trained = sum(log(tmp_path / name).count("step 10/10") for name in metas(tmp_path))
    assert trained == 4, "no cell was trained twice"


NO_SEARCH = {
    "hydra.sweeper.factor=1": "hydra.sweeper.factor=1: an integer of at least 2 is needed",
    "hydra.sweeper.rungs=0": "hydra.sweeper.rungs=0: an integer of at least 1 is needed",
    "runner=speed": "hydra/sweeper=halving: only runner=train has validation scores to choose by",
    "runner.steps=many": "runner.steps=many: an integer is needed",
}


@pytest.mark.parametrize("override", one_in(2, NO_SEARCH))
def test_what_cannot_be_searched_is_one_line(tmp_path: Path, override: str):
    small = [] if override == "runner=speed" else SMALL
    search = [word for word in SEARCH if word not in SMALL]
    ended = run(*search, *small, override, f"output={tmp_path}")
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines()[-1] == f"error: {NO_SEARCH[override]}"
    assert not metas(tmp_path)


def test_the_choice_is_confirmed_on_seeds_that_had_no_part_in_it(searched: Path, tmp_path: Path):
    """The sweep finds the search beside its output by its name."""
    shutil.copytree(searched, tmp_path / "smoke_tuning")
    own = [word for word in SEARCH if not word.startswith("hydra")]
    ended = run(*own, "hydra/sweeper=confirm", "hydra.sweeper.seeds=2", f"output={tmp_path / 'smoke_confirmed'}")
    assert ended.returncode == 0, ended.stderr
    assert "1 of 1 pairs of estimator and task have a setting" in ended.stdout
    finished = metas(tmp_path / "smoke_confirmed")
    assert sorted(meta["seed"] for meta in finished.values()) == [2, 3]
    assert "2 cells = 2 seeds, into" in ended.stdout
    asked = json.loads((tmp_path / "smoke_confirmed" / "sweep.json").read_text())["cells"]
    assert sorted(map(sorted, asked)) == sorted(sorted(meta["overrides"]) for meta in finished.values())
    assert all("negative_bound" in meta["scores"] for meta in finished.values())
    folder = tmp_path / "smoke_confirmed"
    assert all(OmegaConf.load(folder / name / "config.yaml").optimizer.lr == 0.001 for name in finished)
    written = OmegaConf.load(tmp_path / "smoke_confirmed" / "conf" / "experiment" / "smoke_confirmed.yaml")
    assert written.hydra.sweeper.params.seed == "2,3"
    assert written.runner.test is True


@pytest.mark.slow
def test_a_confirmation_whose_cells_fail_is_no_success(searched: Path, tmp_path: Path):
    shutil.copytree(searched, tmp_path / "smoke_tuning")
    own = [word for word in SEARCH if not word.startswith("hydra")]
    out = f"output={tmp_path / 'smoke_confirmed'}"
    alone = ["optimizer.lr=1e-4", "task.activation=sine"]  # the only setting, which need not have been run
    ended = run(*own, "hydra/sweeper=confirm", "hydra.sweeper.seeds=1", out, *alone)
    assert ended.returncode == 1
    assert "1 cells ended, 1 of them without success" in ended.stdout


def test_a_confirmation_without_cells_of_one_of_its_estimators_is_no_success(searched: Path, tmp_path: Path):
    shutil.copytree(searched, tmp_path / "smoke_tuning")
    own = [word for word in SEARCH if not word.startswith(("hydra", "estimator"))]
    several = ["estimator=nvil,muprop", "hydra/sweeper=confirm", "hydra.sweeper.seeds=1"]
    ended = run(*own, *several, f"output={tmp_path / 'smoke_confirmed'}")
    assert ended.returncode == 1
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("no setting can be chosen for ")]
    assert "estimator=muprop" in line
    assert line.endswith(": its cells are missing")
    assert [meta["status"] for meta in metas(tmp_path / "smoke_confirmed").values()] == ["done"]


@pytest.mark.slow
def test_a_folder_without_the_cells_confirms_nothing(tmp_path: Path):
    own = [word for word in SEARCH if not word.startswith("hydra")]
    ended = run(*own, "hydra/sweeper=confirm", f"output={tmp_path / 'smoke_confirmed'}")
    assert ended.returncode == 1
    assert "no cell of this experiment is done there" in ended.stderr
    ended = run(*own, "hydra/sweeper=confirm", "hydra.sweeper.of=/no/such", f"output={tmp_path / 'smoke_confirmed'}")
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines()[-1] == "error: hydra.sweeper.of=/no/such: there is no such folder"
