"""Whatever the code of a cell does, it is that cell which fails, and the next one is as if it had been the first."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from runners.cells.containment import LONGEST, contained, describe
from runners.cells.ending import LOG
from runners.cells.execution import run_cell
from tests.conftest import Compose
from tests.runners.launched import SMALL, metas, run
from tests.runners.misbehaving import UnprintableError
from tests.runners.tiny import TINY, side_by_side

MISBEHAVING = "estimator={_target_:tests.runners.misbehaving.Misbehaving,way:'%s'}"

WAYS = {
    "exits": "SystemExit: 0",
    "interrupts": "KeyboardInterrupt",
    "closes": "GeneratorExit",
    "is cut short": "BaseException: anything",
    "says what cannot be written": r"ValueError: \udc80",
    "cannot be said": "UnprintableError: its text cannot be read",
    "changes everything": "RuntimeError: and fails",
    "forks": "RuntimeError: in two processes",
    "ends the process": "SystemExit: os._exit(0)",
    "diverges at no step": "Diverged: the loss was not finite at step",
}


def misbehaving(compose_cell: Compose, way: str, *overrides: str):
    config = compose_cell(*TINY, *overrides)
    config.estimator = {"_target_": "tests.runners.misbehaving.Misbehaving", "way": way}
    return config


@pytest.mark.parametrize("way", WAYS)
def test_whatever_it_raises_the_cell_has_failed_with_the_reason_and_the_next_one_is_not_concerned(
    compose_cell: Compose, tmp_path: Path, way: str
):
    good = compose_cell(*TINY, "estimator=reinforce")
    alone, _ = run_cell(good, [])
    cell, ending = run_cell(misbehaving(compose_cell, way), [])
    assert cell.meta["status"] == ending.status == "failed"
    assert str(cell.meta["reason"]).startswith(WAYS[way])
    assert "Traceback" in (cell.folder / "cell.log").read_text()
    assert str(ending).isprintable()
    assert len((cell.output / LOG).read_text().splitlines()) == 2, "each has ended once"
    good.output = str(tmp_path / "after")
    after, _ = run_cell(good, [])
    assert after.meta["scores"] == alone.meta["scores"]


def test_so_it_is_with_cells_side_by_side(compose_cell: Compose):
    cells = side_by_side(*(misbehaving(compose_cell, "exits", f"seed={seed}") for seed in (0, 1)))
    assert [cell.meta["reason"] for cell in cells] == ["SystemExit: 0"] * 2


def test_the_process_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    before = (dict(os.environ), sys.stdout, list(warnings.filters), torch.get_num_threads())
    limits = (np.geterr(), sys.getrecursionlimit(), torch.is_autocast_enabled("cpu"))
    with contained():
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.set_grad_enabled(False)
        torch.set_num_threads(before[3] + 1)
        torch.use_deterministic_algorithms(True)
        torch.set_float32_matmul_precision("medium")
        torch.set_autocast_enabled("cpu", True)
        np.seterr(all="raise")
        sys.setrecursionlimit(100_000)
        os.chdir("/")
        os.environ["PATH"] = "/nowhere"
        sys.stdout = None  # type: ignore[assignment]
        warnings.simplefilter("ignore")
    assert (dict(os.environ), sys.stdout, list(warnings.filters), torch.get_num_threads()) == before
    assert (np.geterr(), sys.getrecursionlimit(), torch.is_autocast_enabled("cpu")) == limits
    assert Path.cwd() == tmp_path
    assert torch.get_default_dtype() == torch.float32
    assert torch.zeros(1).device.type == "cpu"
    assert torch.is_grad_enabled()
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.get_float32_matmul_precision() == "highest"


def test_streams_that_it_has_closed_are_open_again(capfd: pytest.CaptureFixture[str]):
    with contained():
        os.close(1)
        os.close(2)
    os.write(1, b"here\n")
    os.write(2, b"there\n")
    assert capfd.readouterr() == ("here\n", "there\n")
    stream = sys.stdout
    try:
        with os.fdopen(os.dup(1), "w") as sys.stdout, contained():
            sys.stdout.close()
        assert not sys.stdout.closed
    finally:
        sys.stdout = stream


def test_a_process_that_it_has_started_can_end_itself():
    with contained():
        child = os.fork()
        if child == 0:
            os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_what_an_error_says_can_be_written_anywhere_and_is_not_endless():
    assert describe(ValueError("a\udc80")) == r"ValueError: a\udc80"
    assert describe(UnprintableError()) == "UnprintableError: its text cannot be read"
    assert describe(KeyError()) == "KeyError"
    assert len(describe(ValueError("x" * 10**6))) == LONGEST


def test_a_sweep_goes_on_after_a_cell_that_exits_and_does_not_call_that_success(tmp_path: Path):
    targets = (
        "tests.runners.misbehaving.Misbehaving,estimators.score_function.Reinforce,tests.runners.broken_module.Any"
    )
    ended = run("-m", "estimator=reinforce", f"estimator._target_={targets}", *SMALL, f"output={tmp_path}")
    assert ended.returncode == 1
    found = {meta["status"]: meta["reason"] for meta in metas(tmp_path).values()}
    assert sorted(meta["status"] for meta in metas(tmp_path).values()) == ["done", "failed", "failed"]
    assert "3 cells ended, 2 of them without success" in ended.stdout
    assert "SystemExit: not here" in ended.stdout
    assert "SystemExit: 0" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
    assert found["done"] is None


def test_a_relative_output_stays_where_it_was_when_the_code_goes_elsewhere(
    compose_cell: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    config = misbehaving(compose_cell, "changes everything")
    config.output = "here"
    cell, _ = run_cell(config, [])
    assert cell.folder.parent == tmp_path / "here"
    assert cell.meta["status"] == "failed"
