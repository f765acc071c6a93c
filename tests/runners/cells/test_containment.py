"""Whatever the code of a cell does, it is that cell which fails, and the next one is as if it had been the first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from omegaconf import DictConfig, OmegaConf

from runners.cells.cell import Cell
from runners.cells.containment import LONGEST, describe
from runners.cells.ending import LOG, Ending
from runners.cells.execution import run_cell
from runners.replicas.execution import run_side_by_side
from tests.conftest import Compose
from tests.crossing import one_in
from tests.runners.launched import SMALL, metas, run
from tests.runners.misbehaving import UnprintableError
from tests.runners.tiny import TINY, misbehaving, side_by_side

MISBEHAVING = "estimator={_target_:tests.runners.misbehaving.Misbehaving,way:'%s'}"

WAYS = {
    "exits": "SystemExit: 0",
    "interrupts": "KeyboardInterrupt",
    "closes": "GeneratorExit",
    "is cut short": "BaseException: anything",
    "says what cannot be written": r"ValueError: \udc80",
    "cannot be said": "UnprintableError: its text cannot be read",
    "cannot be looked into": "OpaqueError",
    "has a place that is none": "SyntaxError: odd (file)",
    "changes everything": "RuntimeError: and fails",
    "forks": "RuntimeError: in two processes",
    "ends the process": "SystemExit: os._exit(0)",
    "diverges at no step": "Diverged: the loss was not finite at step",
}


@pytest.mark.parametrize("way", one_in(2, WAYS))
def test_whatever_it_raises_the_cell_has_failed_with_the_reason_and_the_next_one_is_not_concerned(
    compose_cell: Compose, whole: Callable[..., Cell], way: str
):
    good = (*TINY, "estimator=reinforce")
    alone = whole(*good)
    cell, ending = run_cell(misbehaving(compose_cell, way), [])
    assert cell.meta["status"] == ending.status == "failed"
    assert str(cell.meta["reason"]).startswith(WAYS[way])
    assert WAYS[way].partition(":")[0] in (cell.folder / "cell.log").read_text()
    assert str(ending).isprintable()
    assert len((cell.output / LOG).read_text().splitlines()) == 1, "it has ended once"
    after, _ = run_cell(compose_cell(*good), [])
    assert after.meta["scores"] == alone.meta["scores"]


@pytest.mark.parametrize(("name", "status"), [("Odd", "done"), ("Exiting", "failed")])
def test_a_class_may_have_any_facts_and_defaults(compose_cell: Compose, name: str, status: str):
    config = compose_cell(*TINY)
    Path(config.output).mkdir(parents=True)
    config.estimator = {"_target_": f"tests.runners.misbehaving.{name}"} | ({"start": 3} if name == "Odd" else {})
    _, ending = run_cell(config, [])
    assert ending.status == status
    assert side_by_side_endings(config) == [status] * 2


def side_by_side_endings(config: DictConfig) -> list[str]:
    """The endings of the cell with two other seeds, as one program."""
    configs = [OmegaConf.merge(config, {"seed": seed}) for seed in (5, 6)]
    run_side_by_side([(cast("DictConfig", each), []) for each in configs])
    lines = (Path(config.output) / LOG).read_text().splitlines()
    return [Ending.from_json(line).status for line in lines[-2:]]


def test_replicas_that_fail_are_recorded_like_cells_alone(compose_cell: Compose):
    cells = side_by_side(*(misbehaving(compose_cell, "exits", f"seed={seed}") for seed in (0, 1)))
    assert [cell.meta["reason"] for cell in cells] == ["SystemExit: 0"] * 2


def test_what_an_error_says_can_be_written_anywhere_and_is_not_endless():
    assert describe(ValueError("a\udc80")) == r"ValueError: a\udc80"
    assert describe(UnprintableError()) == "UnprintableError: its text cannot be read"
    assert describe(KeyError()) == "KeyError"
    assert len(describe(ValueError("x" * 10**6))) == LONGEST


def test_a_sweep_continues_after_cells_that_fail_and_does_not_call_that_success(tmp_path: Path):
    (tmp_path / "unfinished.py").write_text("def f(:")
    modules = ["tests.runners.misbehaving.Misbehaving", "tests.runners.broken_module.Any", "unfinished.Any"]
    targets = ",".join([*modules, "estimators.score_function.Reinforce"])
    words = ["estimator=reinforce", f"estimator._target_={targets}", *SMALL, f"output={tmp_path / 'out'}"]
    ended = run("-m", *words, PYTHONPATH=str(tmp_path))
    assert ended.returncode == 1
    reasons = {meta["reason"]: meta["status"] for meta in metas(tmp_path / "out").values()}
    assert reasons.pop(None) == "done"
    assert set(reasons.values()) == {"failed"}
    assert "4 cells ended, 3 of them without success" in ended.stdout
    for reason in ("SystemExit: 0", "SystemExit: not here", "SyntaxError('invalid syntax'"):
        assert any(reason in str(recorded) for recorded in reasons)
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_relative_output_stays_where_it_was_when_the_code_goes_elsewhere(
    compose_cell: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    config = misbehaving(compose_cell, "changes everything")
    config.output = "here"
    cell, _ = run_cell(config, [])
    assert cell.folder.parent == tmp_path / "here"
    assert cell.meta["status"] == "failed"
