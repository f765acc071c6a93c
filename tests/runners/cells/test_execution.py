"""How a cell ends, whatever happens to it, and what is done about it the next time."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest

from runners.cells import isolation
from runners.cells.cell import Cell
from runners.cells.ending import LOG, Ending
from runners.cells.execution import run_cell
from runners.cells.record import Record, Status
from tests.conftest import Compose
from tests.runners.signals import signal_at
from tests.runners.tiny import TINY

MISHAPS = "data._target_=tests.runners.mishaps"


def die(config: Any) -> None:
    """Runs the cell in a process, which may die."""
    process = multiprocessing.get_context("fork").Process(target=run_cell, args=(config, []))
    process.start()
    process.join()


def test_a_cell_that_takes_longer_than_its_timeout_is_tried_again_only_if_asked(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch
):
    """The alarm of the time limit comes at a step that is known, not at a moment."""
    with monkeypatch.context() as patch:
        signal_at(patch, "runners.steps.step.Step.__call__", "after", 5, signal.SIGALRM)
        cell, ending = run_cell(compose_cell("runner.timeout=1000"), [])
    assert cell.meta["status"] == "timeout"
    assert cell.meta["reason"] == "took longer than runner.timeout=1000 seconds"
    assert ending.status == "timeout"
    assert run_cell(compose_cell(), [])[1].note == "finished before"
    retried, _ = run_cell(compose_cell("runner.retry=true"), [])
    assert retried.meta["status"] == "done"
    assert "continuing from step 5" in (cell.folder / "cell.log").read_text()


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A named pipe, from which can be read when a cell hangs."""
    os.mkfifo(tmp_path / "ready")
    return tmp_path / "ready"


@pytest.mark.slow  # a new interpreter
def test_an_isolated_cell_that_hears_no_signal_is_killed(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch, ready: Path
):
    """Its time is over when it hears none, not at a moment."""

    class Hanging(subprocess.Popen[str]):
        def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:
            assert self.stdin is not None
            with self.stdin as order:
                order.write(str(input))
            ready.read_text()
            raise subprocess.TimeoutExpired(self.args, timeout or 0)

    monkeypatch.setattr(isolation.subprocess, "Popen", Hanging)
    config = compose_cell(f"{MISHAPS}.deaf", f"+data.ready={ready}", "runner.isolate=true", "runner.timeout=1000")
    cell, _ = run_cell(config, [])
    assert cell.meta["status"] == "timeout"
    assert cell.meta["reason"] == "took longer than runner.timeout=1000 seconds, and did not react"


@pytest.mark.parametrize(
    ("mishap", "status", "reason"),
    [
        ("killed", "crashed", "its process was ended by SIGKILL"),
        pytest.param("ended_by", "failed", "os._exit(3)", marks=pytest.mark.slow),
        pytest.param("too_large", "failed", "can't allocate memory", marks=pytest.mark.slow),
    ],
)
def test_the_death_of_an_isolated_cell_is_recorded(compose_cell: Compose, mishap: str, status: str, reason: str):
    overrides = ["+data.status=3"] if mishap == "ended_by" else []
    cell, _ = run_cell(compose_cell(f"{MISHAPS}.{mishap}", *overrides, "runner.isolate=true"), [])
    assert cell.meta["status"] == status
    assert reason in str(cell.meta["reason"])


def test_a_reason_points_to_the_log_if_there_is_anything_in_it(tmp_path: Path):
    log = tmp_path / "cell.log"
    log.write_text("")
    assert isolation.death(-9, log) == "its process was ended by SIGKILL"
    log.write_text("Segmentation fault")
    assert isolation.death(1, log) == "its process ended with status 1, see cell.log"


@pytest.mark.parametrize("name", ["metrics.jsonl", "timings.jsonl", "gallery.npz", "scores.pt"])
def test_a_folder_in_the_place_of_a_file_fails_the_cell_with_a_record(compose_cell: Compose, name: str):
    config = compose_cell(*TINY)
    (Cell(config).folder / name).mkdir(parents=True)
    cell, ending = run_cell(config, [])
    assert cell.meta["status"] == ending.status == ("done" if name == "scores.pt" else "failed")


def test_a_cell_that_keeps_killing_its_process_is_given_up(compose_cell: Compose):
    config = compose_cell(f"{MISHAPS}.killed", "runner.attempts=2")
    for _ in range(2):
        die(config)
        assert Cell(config).meta["status"] == "running"
    cell, ending = run_cell(config, [])
    assert cell.meta["status"] == "crashed"
    assert cell.meta["reason"] == "died 2 times in a row; runner.retry=true tries again"
    assert ending.status == "crashed"


def test_a_cell_that_died_less_often_is_run_again(compose_cell: Compose, tmp_path: Path):
    twice = [f"{MISHAPS}.killed_at", "+data.turns=[1,2]", f"+data.counter={tmp_path / 'counter'}"]
    config = compose_cell(*twice, "runner.attempts=3")
    for _ in range(2):
        die(config)
    assert run_cell(config, [])[0].meta["status"] == "done"


def test_deaths_after_a_new_checkpoint_do_not_count(compose_cell: Compose):
    config = compose_cell()
    cell = Cell(config)
    for deaths in (0, 1, 2):
        assert cell.deaths == deaths
        cell.open({})
    (cell.folder / "checkpoint.pt").write_bytes(b"new")
    assert cell.deaths == 0


def test_a_failed_cell_is_tried_again_only_if_asked(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    config = compose_cell()

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("flaky")

    with monkeypatch.context() as patch:
        patch.setattr("runners.steps.training.Training.run", fail)
        assert run_cell(config, [])[0].meta["reason"] == "RuntimeError: flaky"
    assert run_cell(config, [])[1].note == "finished before"
    assert run_cell(compose_cell("runner.retry=true"), [])[0].meta["status"] == "done"


def test_a_cell_that_another_process_runs_is_left_to_it(compose_cell: Compose, ready: Path):
    config = compose_cell(f"{MISHAPS}.hanging", f"+data.ready={ready}")
    other = multiprocessing.get_context("fork").Process(target=run_cell, args=(config, []))
    other.start()
    ready.read_text()
    before = (Cell(config).folder / "meta.json").read_bytes()
    _, ending = run_cell(config, [])
    assert ending.status == "running"
    assert ending.note == "in another process"
    assert (Cell(config).folder / "meta.json").read_bytes() == before
    other.kill()
    other.join()
    with Cell(config).lock() as mine:
        assert mine, "the lock of a process that died is free"


def test_a_full_disk_is_named_and_earlier_results_stay(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    done, _ = run_cell(compose_cell("seed=1"), [])
    before = {path: path.read_bytes() for path in done.folder.iterdir()}

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("runners.cells.checkpoint.torch.save", full)
    cell, _ = run_cell(compose_cell("seed=2"), [])
    assert cell.meta["status"] == "failed"
    assert "the disk of" in str(cell.meta["reason"])
    assert {path: path.read_bytes() for path in done.folder.iterdir()} == before


def test_the_traceback_is_in_the_log_and_the_reason_in_one_line(compose_cell: Compose):
    cell, ending = run_cell(compose_cell(f"{MISHAPS}.first_data_folder"), [])
    assert "Traceback" in (cell.folder / "cell.log").read_text()
    assert "ValueError: " in str(ending)
    assert len(str(ending).splitlines()) == 1
    assert json.loads((cell.folder / "meta.json").read_text())["finished"]


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        pytest.param(["runner.isolate=true"], marks=pytest.mark.slow),
        [f"{MISHAPS}.first_data_folder"],
        ["task=toy", "runner=toy", "runner.steps=2", "runner.evaluate_every=1"],
        ["runner=probe", "task.latent.n=3", "runner.draws=40", "runner.images=2", "runner.stages=[0]"],
    ],
    ids=lambda overrides: " ".join(overrides) or "trained",
)
def test_a_record_has_the_entries_of_its_schema_and_the_sweep_s_log_an_ending(
    compose_cell: Compose, overrides: list[str]
):
    cell, ending = run_cell(compose_cell("estimator=rloo", *overrides), [])
    assert cell.meta.keys() <= Record.__annotations__.keys()
    assert ending.status == cell.meta["status"] in get_args(Status)
    (line,) = (cell.folder.parent / LOG).read_text().splitlines()
    assert Ending.from_json(line) == ending
    assert ending.folder == str(cell.folder)
