"""The command line, used as a user would: each test starts ``python -m runners.run`` in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runners.launched import SMALL, metas, run


def test_one_cell_prints_its_scores_and_where_it_lies(tmp_path: Path):
    ended = run("estimator=nvil", "seed=3", *SMALL, f"output={tmp_path}")
    assert ended.returncode == 0, ended.stderr
    (folder,) = metas(tmp_path)
    assert "negative_bound" in ended.stdout
    assert str(tmp_path / folder) in ended.stdout
    assert sorted(path.name for path in (tmp_path / folder).iterdir()) == [
        "cell.log",
        "checkpoint.pt",
        "config.yaml",
        "gallery.npz",
        "meta.json",
        "metrics.jsonl",
        "timings.jsonl",
    ]


def test_a_sweep_crosses_its_values_skips_what_is_finished_and_names_what_failed(tmp_path: Path):
    # -m may stand anywhere.
    sweep = ["estimator=nvil,enumeration", "-m", "task.activation=relu,sine", *SMALL, f"output={tmp_path}"]
    first = run(*sweep)
    assert first.returncode == 1
    assert sorted(meta["status"] for meta in metas(tmp_path).values()) == ["done", "skipped"]
    assert "4 cells ended, 2 of them without success" in first.stdout
    assert "task.activation='sine': choose one of" in first.stdout
    done = next(name for name, meta in metas(tmp_path).items() if meta["status"] == "done")
    before = (tmp_path / done / "meta.json").read_bytes()
    assert "(finished before)" in run(*sweep).stdout
    assert (tmp_path / done / "meta.json").read_bytes() == before


@pytest.mark.slow
def test_a_sweep_leaves_the_list_of_the_cells_it_was_asked_for(tmp_path: Path):
    run("-m", "estimator=glob(st*)", "seed=0,1", SMALL[0], "runner=toy", f"output={tmp_path}")  # which skips them all
    asked = json.loads((tmp_path / "sweep.json").read_text())["cells"]
    done = [meta["overrides"] for meta in metas(tmp_path).values()]
    assert len(asked) == 4
    assert sorted(map(sorted, asked)) == sorted(map(sorted, done))


@pytest.mark.slow
def test_cells_in_parallel_give_the_same_scores_as_one_after_the_other(tmp_path: Path):
    sweep = ["-m", "estimator=nvil,gumbel_softmax", *SMALL]
    run(*sweep, f"output={tmp_path / 'a'}")
    run(*sweep, f"output={tmp_path / 'b'}", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    one, other = ({name: meta["scores"] for name, meta in metas(tmp_path / part).items()} for part in "ab")
    assert len(one) == 2
    assert one == other


def test_help_lists_groups_and_examples_without_loading_pytorch():
    program = "import atexit, runners.run, sys; atexit.register(lambda: print(*sys.modules)); runners.run.main()"
    ended = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=True)
    examples = ("experiment=smoke", "optimizer.lr=3e-4", "Finished cells are skipped")
    for expected in ("gumbel_softmax", "vae_categorical", *examples):
        assert expected in ended.stdout
    loaded = set(ended.stdout.splitlines()[-1].split())
    assert "hydra" in loaded
    assert not {"torch", "estimators"} & loaded


def test_the_saved_configuration_alone_reruns_the_cell(tmp_path: Path):
    run("estimator=nvil", *SMALL, f"output={tmp_path / 'a'}")
    (folder,) = metas(tmp_path / "a")
    saved = ["--config-path", str(tmp_path / "a" / folder), "--config-name", "config"]
    ended = run(*saved, f"output={tmp_path / 'b'}")
    stated = (tmp_path / "a" / folder / "config.yaml").read_text().splitlines()[1]
    assert stated == "# python -m runners.run --config-path FOLDER --config-name config output=outputs/again"
    assert ended.returncode == 0, ended.stderr
    assert metas(tmp_path / "b").keys() == {folder}
    scores = [metas(tmp_path / part)[folder]["scores"] for part in "ab"]
    assert scores[0] == scores[1]


def test_a_sweep_that_was_killed_loses_no_finished_cell(tmp_path: Path):
    outputs, mishap = tmp_path / "outputs", "data._target_=tests.runners.mishaps.killed_at"
    arguments = ["-m", "seed=0,1,2", mishap, "+data.turns=[3]", f"+data.counter={tmp_path / 'counter'}"]
    arguments += [*SMALL[1:], f"output={outputs}"]
    assert run(*arguments).returncode == -signal.SIGKILL
    finished = {name: meta for name, meta in metas(outputs).items() if meta["status"] == "done"}
    assert {meta["seed"] for meta in finished.values()} == {0, 1}
    assert run(*arguments).returncode == 0
    after = metas(outputs)
    assert {name: after[name] for name in finished} == finished
    assert [meta["status"] for meta in after.values()] == ["done"] * 3


@pytest.mark.slow
def test_two_sweeps_at_once_share_the_work_and_corrupt_nothing(tmp_path: Path):
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    sweep = ["-m", "estimator=nvil,reinforce,muprop", "seed=0,1", *SMALL, "runner.steps=300"]
    assert run(*sweep, f"output={alone}").returncode == 0
    command = [sys.executable, "-m", "runners.run", *sweep, f"output={shared}"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert run(*sweep, f"output={shared}").returncode == 0, "whatever the other had at the end is there now"
    one, other = ({name: meta["scores"] for name, meta in metas(part).items()} for part in (alone, shared))
    assert one == other
    for folder in one:
        assert (shared / folder / "metrics.jsonl").read_bytes() == (alone / folder / "metrics.jsonl").read_bytes()
    trained = sum((shared / folder / "cell.log").read_text().count("step 300/300") for folder in one)
    assert trained == 6, "no cell was trained twice"
    assert any("(in another process)" in out or "(finished before)" in out for out in printed)


@pytest.mark.slow
def test_a_sweep_through_joblib_survives_a_cell_that_kills_its_process(tmp_path: Path):
    sweep = [
        "-m",
        "data._target_=tests.conftest.stripes,tests.runners.mishaps.killed",
        *SMALL[1:],
        f"output={tmp_path}",
    ]
    sweep += ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    ended = run(*sweep, "runner.isolate=true")
    assert ended.returncode == 1
    assert sorted(meta["status"] for meta in metas(tmp_path).values()) == ["crashed", "done"]
    assert "its process was ended by SIGKILL" in ended.stdout
    assert "runner.retry=true tries these again" in ended.stdout


@pytest.mark.slow
def test_a_worker_that_is_killed_ends_the_sweep_with_a_clear_message(tmp_path: Path):
    sweep = ["-m", "data._target_=tests.runners.mishaps.killed", "seed=0,1", *SMALL[1:], f"output={tmp_path}"]
    ended = run(*sweep, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    assert ended.returncode == 1
    assert "error: a worker was killed" in ended.stderr
    assert "runner.isolate=true" in ended.stderr
    assert "Traceback" not in ended.stderr
