"""Code that does not come back, or handles every exception and signal, is ended all the same."""

from __future__ import annotations

import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.cells.interruption import Interrupted, _Endings, ending_on_signals
from runners.config.classes import locate
from tests.conftest import Compose
from tests.runners.cells.in_training import hanging, in_fork, steps_saved


def test_a_step_that_does_not_come_back_is_left_some_seconds_after_the_time_limit(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("runners.cells.interruption.PATIENCE", 0.2)
    cell, _ = run_cell(hanging(compose_cell, "never comes back in time", "runner.timeout=1000"), [])
    assert cell.meta["status"] == "timeout"
    assert not (cell.folder / "checkpoint.pt").exists(), "the state in the midst of a step is good for nothing"


HANGING = """
import time
while True:
    try:
        time.sleep(600)
    except {handled}:
        pass
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a module that a test can import once; returns the name of a class in it."""
    monkeypatch.syspath_prepend(tmp_path)

    def written(content: str) -> str:
        name = f"module_{secrets.token_hex(8)}"
        (tmp_path / f"{name}.py").write_text(content)
        return f"{name}.Any"

    return written


def test_a_module_that_hangs_as_it_is_imported_takes_no_longer_than_the_time_limit(
    compose_cell: Compose, module: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("runners.cells.interruption.PATIENCE", 0.2)
    monkeypatch.setattr("runners.config.classes.SHORTEST", 0.0)
    config = compose_cell("task.latent.n=4", "runner.timeout=0.5")
    config.estimator = {"_target_": module(HANGING.format(handled="Exception"))}
    cell, ending = run_cell(config, [])
    assert cell.meta["status"] == ending.status == "timeout"
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_id_of_a_cell_does_not_depend_on_its_time_limit(compose_cell: Compose, module: Callable[[str], str]):
    target = module("from estimators import RLOO\nclass Any(RLOO): version = 7")
    ids = set()
    for limit in ("null", "1e-6"):
        config = compose_cell("task.latent.n=4", f"runner.timeout={limit}")
        config.estimator = {"_target_": target}
        ids.add(Cell(config).id)
        del sys.modules[target.removesuffix(".Any")]
    assert len(ids) == 1


def test_a_signal_while_a_module_is_imported_is_no_error_of_the_module(module: Callable[[str], str]):
    target = module("import signal\nsignal.raise_signal(signal.SIGTERM)")
    with ending_on_signals(None), pytest.raises(Interrupted, match="SIGTERM"):
        locate(target)


def test_a_second_signal_takes_effect_at_once(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("runners.cells.interruption.PATIENCE", 1000.0)
    way = "never comes back after two signals"
    config = hanging(compose_cell, way, "runner.evaluate_every=1", "runner.checkpoint_every=1")
    with in_fork(config) as process:
        process.join(600)
    assert process.exitcode == 143
    assert Cell(config).meta["status"] == "interrupted"
    assert steps_saved(Path(config.output)) == [2], "the last checkpoint counts"


@pytest.mark.parametrize(
    ("way", "status"),
    [
        ("holds fast in spite of SIGALRM", "timeout"),
        ("holds fast in spite of SIGTERM", "interrupted"),
        ("is deaf after SIGALRM", "timeout"),
    ],
)
def test_a_step_that_handles_even_that_is_ended_with_its_process(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch, way: str, status: str
):
    monkeypatch.setattr("runners.cells.interruption.PATIENCE", 0.3)
    config = hanging(compose_cell, way, "runner.timeout=1000")
    with in_fork(config) as process:
        process.join(600)
    assert process.exitcode == 143
    assert Cell(config).meta["status"] == status


THRICE = """
import signal
for _ in range(3):
    try:
        signal.raise_signal(signal.{number})
    except BaseException:
        pass
"""


@pytest.mark.parametrize("number", ["SIGALRM", "SIGINT"])
def test_a_module_that_handles_even_that_is_ended_with_its_process(
    compose_cell: Compose, module: Callable[[str], str], number: str, capfd: pytest.CaptureFixture[str]
):
    config = compose_cell("task.latent.n=4", "runner.timeout=1000")
    config.estimator = {"_target_": module(THRICE.format(number=number))}
    with in_fork(config) as process:
        process.join(600)
    assert process.exitcode == 1
    assert "importing it does not end" in capfd.readouterr().err


@pytest.mark.parametrize(("looks", "times"), [(1, 0), (2, 1)])
def test_a_process_that_goes_on_after_its_last_moment_may_first_handle_the_signal(looks: int, times: int):
    given_up: list[BaseException] = []
    endings = _Endings()
    endings.give_up, endings.last_moment = given_up.append, 0.0
    over = Mock(wait=Mock(side_effect=[False] * looks + [True]))
    endings.watch(over)
    assert len(given_up) == times
