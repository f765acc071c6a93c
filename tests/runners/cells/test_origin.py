"""Which of the shorter runs a longer cell begins with, and which none does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runners.cells import checkpoint
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from tests.conftest import Compose
from tests.crossing import one_in
from tests.runners.extended import bits, log_of, origin, ran
from tests.runners.tiny import TINY, three_side_by_side


def test_the_longest_of_several_is_taken_and_none_that_is_longer(compose_cell: Compose):
    for steps in (10, 30, 20, 60):
        ran(compose_cell, *TINY, f"runner.steps={steps}")
    assert origin(ran(compose_cell, *TINY, "runner.steps=50"))["step"] == 30


def test_a_run_that_is_scored_otherwise_is_not_trained_again(compose_cell: Compose, trained_from: list[int]):
    searched = ran(compose_cell, *TINY, "runner.test=false", "runner.valid_samples=2")
    trained_from.clear()
    tested = ran(compose_cell, *TINY, "runner.bound_samples=6")
    assert trained_from == []
    assert tested.id != searched.id
    assert origin(tested)["cell"] == searched.id
    assert tested.meta["scores"].keys() > searched.meta["scores"].keys()
    assert (tested.folder / "metrics.jsonl").read_bytes() == (searched.folder / "metrics.jsonl").read_bytes()


@pytest.mark.parametrize(
    "other",
    one_in(3, ["seed=1", "optimizer.lr=1e-2", "task.prior=uniform", "runner.batch_size=10", "runner.evaluate_every=5"]),
)
def test_a_run_that_differs_otherwise_is_not_taken(compose_cell: Compose, other: str):
    ran(compose_cell, *TINY, other)
    assert ran(compose_cell, *TINY, "runner.steps=40").meta["extended_from"] is None


def test_a_run_that_drew_otherwise_is_not_taken(compose_cell: Compose):
    ran(compose_cell, *TINY, "threads=2", "runner.steps=10")
    assert ran(compose_cell, *TINY).meta["extended_from"] is None


def test_a_run_of_another_class_version_is_not_taken(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    ran(compose_cell, *TINY, "estimator=nvil")
    monkeypatch.setattr("estimators.score_function.NVIL.version", 99)
    assert ran(compose_cell, *TINY, "estimator=nvil", "runner.steps=40").meta["extended_from"] is None


def test_a_run_that_did_not_end_well_is_not_taken(compose_cell: Compose):
    ran(compose_cell, *TINY).record(status="interrupted")
    assert ran(compose_cell, *TINY, "runner.steps=40").meta["extended_from"] is None


def test_shorter_runs_are_found_in_the_folders_that_are_named(
    compose_cell: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shorter = ran(compose_cell, *TINY, f"output={tmp_path / 'home/search'}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    longer = ran(compose_cell, *TINY, "runner.steps=40", "runner.extend_from=['~/search',nowhere]")
    assert origin(longer)["cell"] == shorter.id
    assert longer.id == Cell(compose_cell(*TINY, "runner.steps=40")).id
    assert "runner.extend_from: there is no folder nowhere" in (longer.folder / "cell.log").read_text()


def test_folders_that_are_no_list_are_refused(compose_cell: Compose):
    _, ending = run_cell(compose_cell("runner.extend_from=outputs"), [])
    assert "runner.extend_from=outputs: a list" in str(ending)


def test_damaged_checkpoints_are_passed_over_and_left_where_they_are(compose_cell: Compose, whole: Callable[..., Cell]):
    cells = {steps: ran(compose_cell, *TINY, f"runner.steps={steps}") for steps in (10, 20, 30)}
    for path in cells[30].folder.glob("checkpoint*.pt"):
        path.write_bytes(path.read_bytes()[:-100])
    (cells[20].folder / "checkpoint.pt").unlink()
    shutil.copy(cells[10].folder / "checkpoint.pt", cells[20].folder / "checkpoint.pt")
    longer = ran(compose_cell, *TINY, "runner.steps=40")
    assert longer.meta["extended_from"] == {
        "cell": cells[20].id,
        "step": 10,
        "training_seconds": pytest.approx(cells[10].meta["training_seconds"]),
    }
    assert "checkpoint.pt: the checkpoint is cut off or altered; it is not used" in log_of(longer)
    assert len(list(cells[30].folder.glob("checkpoint*.pt"))) == 2
    assert bits(longer) == bits(whole(*TINY, "runner.steps=40"))


def test_a_journal_that_was_altered_is_not_taken_up(compose_cell: Compose, whole: Callable[..., Cell]):
    shorter = ran(compose_cell, *TINY)
    metrics = shorter.folder / "metrics.jsonl"
    metrics.write_text(metrics.read_text().replace("valid", "void"))
    longer = ran(compose_cell, *TINY, "runner.steps=40")
    assert longer.meta["extended_from"] is None
    assert "metrics.jsonl is not as the cell wrote it up to step 20; it is not used" in log_of(longer)
    assert len(list(shorter.folder.glob("checkpoint*.pt"))) == 2
    assert bits(longer) == bits(whole(*TINY, "runner.steps=40"))


def test_the_checkpoint_of_another_run_is_never_taken_up(compose_cell: Compose, whole: Callable[..., Cell]):
    """Neither from a record that lies, nor from the cell's own folder."""
    other = ran(compose_cell, *TINY, "seed=1")
    shorter = ran(compose_cell, *TINY)
    for path in shorter.folder.glob("checkpoint*.pt"):
        shutil.copy(other.folder / path.name, path)
    longer = Cell(compose_cell(*TINY, "runner.steps=40"))
    longer.folder.mkdir()
    shutil.copy(other.folder / "checkpoint.pt", longer.folder)
    longer = ran(compose_cell, *TINY, "runner.steps=40")
    assert longer.meta["extended_from"] is None
    assert "checkpoint.pt: the checkpoint is of another run; it is set aside" in log_of(longer)
    assert bits(longer) == bits(whole(*TINY, "runner.steps=40"))


def test_a_cell_alone_does_not_begin_with_a_replica(compose_cell: Compose):
    three_side_by_side(compose_cell)
    assert ran(compose_cell, *TINY, "runner.steps=40").meta["extended_from"] is None


def test_a_checkpoint_has_the_lineage_of_its_run(compose_cell: Compose):
    shorter, longer = ran(compose_cell, *TINY), ran(compose_cell, *TINY, "runner.steps=40")
    states: list[dict[str, Any]] = [checkpoint.load(cell.folder / "checkpoint.pt") for cell in (shorter, longer)]
    assert shorter.id != longer.id
    assert {state["lineage"] for state in states} == {shorter.lineage} == {longer.meta["lineage"]}
