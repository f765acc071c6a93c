"""Signals end a cell at a whole step, and what follows has the bits of an undisturbed run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.cells.interruption import Interrupted, TimedOut, ending_on_signals, undisturbed
from tests.conftest import Compose
from tests.runners.cells.in_training import hanging, in_fork, steps_saved, train, wait_until
from tests.runners.forked import started
from tests.runners.launched import metas
from tests.runners.signals import signal_at


def test_a_signal_has_its_effect_at_the_end_of_an_undisturbed_block():
    after = []

    def nested() -> None:
        with undisturbed():
            with undisturbed():
                signal.raise_signal(signal.SIGTERM)
            after.append("inner")

    with ending_on_signals(timeout=None), pytest.raises(Interrupted, match="SIGTERM"):
        nested()
    assert after == ["inner"]


def test_a_time_limit_is_an_exception_that_names_it():
    with pytest.raises(TimedOut, match=r"took longer than runner.timeout=0.05 seconds"), ending_on_signals(0.05):
        time.sleep(5)


def test_afterwards_the_signals_have_their_old_handlers():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)]
    with ending_on_signals(timeout=60):
        pass
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


WITH = {
    "between steps": ("runners.steps.step.Step.__call__", "before"),
    "after a step": ("runners.steps.step.Step.__call__", "after"),
    "while validating": ("runners.steps.scoring.evaluate", "before"),
    "after validating": ("runners.steps.scoring.evaluate", "after"),
    "while writing the journal": ("runners.cells.journal.Journal.write", "after"),
    "while saving": ("runners.cells.checkpoint.save", "before"),
    "while images are made": ("runners.steps.gallery.strips", "after"),
}


SIGNALLED = ("estimator=nvil", "task.latent.n=4", "runner.evaluate_every=5", "runner.checkpoint_every=4")
SIGNALLED += ("runner.retry=true",)


KINDS = {signal.SIGTERM: "interrupted", signal.SIGALRM: "timeout"}


@pytest.mark.parametrize(
    ("where", "number"),
    [
        pytest.param(where, number, marks=pytest.mark.slow if (place + other) % 3 else ())
        for place, where in enumerate(WITH)
        for other, number in enumerate(KINDS)
    ],
)
def test_a_cell_that_a_signal_ended_resumes_with_the_same_bits(
    compose_cell: Compose,
    whole: Callable[..., Cell],
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    number: signal.Signals,
):
    config = compose_cell(*SIGNALLED)
    # Three interruptions of one cell, each at another call; images are made once.
    for turn in (1,) if where == "while images are made" else (2, 1, 3):
        with monkeypatch.context() as patch:
            signal_at(patch, *WITH[where], turn, number)
            with contextlib.suppress(SystemExit):
                run_cell(config, [])
        if Cell(config).meta["status"] == "done":
            break
        assert Cell(config).meta["status"] == KINDS[number]
    cell, _ = run_cell(config, [])
    assert cell.meta["status"] == "done"
    undisturbed_cell = whole(*SIGNALLED)
    for name in ("metrics.jsonl", "gallery.npz"):
        assert (cell.folder / name).read_bytes() == (undisturbed_cell.folder / name).read_bytes()
    assert cell.meta["scores"] == undisturbed_cell.meta["scores"]


# It saves no checkpoint by itself, and its journal tells that it makes steps.
LONG = ["data._target_=tests.conftest.stripes", "runner.steps=100000", "runner.evaluate_every=5"]
LONG += ["runner.checkpoint_every=100000"]


@contextlib.contextmanager
def start(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A run that would take minutes; it ends with the block when the block fails."""
    command = [sys.executable, "-m", "runners.run", *arguments, *LONG]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_preemption_saves_and_leaves_long_before_the_end(tmp_path: Path, number: int):
    with started(*LONG, f"output={tmp_path / 'out'}", folder=tmp_path) as process:
        wait_until(lambda: train(tmp_path / "out", cells=1))
        assert process.pid is not None
        os.kill(process.pid, number)
        process.join(600)
    assert process.exitcode is not None
    assert_preempted(tmp_path / "out", process.exitcode, (tmp_path / "stderr").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_so_does_a_command_in_an_interpreter_of_its_own(tmp_path: Path, number: int):
    with start(f"output={tmp_path}") as process:
        wait_until(lambda: train(tmp_path, cells=1))
        process.send_signal(number)
        _, errors = process.communicate(timeout=600)
    assert_preempted(tmp_path, process.returncode, errors)


def assert_preempted(folder: Path, status: int, errors: str) -> None:
    assert status == 143
    assert "run the same command again to resume from the checkpoint" in errors
    assert "Traceback" not in errors
    (meta,) = metas(folder).values()
    assert meta["status"] == "interrupted"
    assert 0 < steps_saved(folder)[0] < 100000


@pytest.mark.slow
def test_workers_of_a_sweep_that_was_killed_save_and_end_too(tmp_path: Path):
    sweep = ["-m", "seed=0,1", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", f"output={tmp_path}"]
    with start(*sweep) as process:
        wait_until(lambda: train(tmp_path, cells=2))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    wait_until(lambda: [meta["status"] for meta in metas(tmp_path).values()] == ["interrupted"] * 2)
    assert all(step > 0 for step in steps_saved(tmp_path))
    for meta in metas(tmp_path).values():
        wait_until(lambda: not Path(f"/proc/{meta['process']}").exists())  # noqa: B023 - called at once


def test_an_isolated_cell_does_not_outlive_its_parent(compose_cell: Compose):
    config = hanging(compose_cell, "never comes back", "runner.isolate=true", "runner.evaluate_every=1")
    with in_fork(config) as process:
        wait_until(lambda: train(Path(config.output), cells=1))
        child = Cell(config).meta["process"]
        assert child != process.pid
    wait_until(lambda: not Path(f"/proc/{child}").exists())


@pytest.mark.slow
def test_a_signal_to_the_parent_of_an_isolated_cell_ends_both(compose_cell: Compose):
    config = hanging(compose_cell, "never comes back", "runner.isolate=true", "runner.evaluate_every=1")
    with in_fork(config) as process:
        wait_until(lambda: train(Path(config.output), cells=1))
        child = Cell(config).meta["process"]
        assert process.pid is not None
        os.kill(process.pid, signal.SIGTERM)
        process.join(600)
    assert process.exitcode == 143
    assert Cell(config).meta["status"] == "interrupted"
    assert not Path(f"/proc/{child}").exists()
