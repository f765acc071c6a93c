"""A checkpoint belongs to its cell, is there soon, and a cell that gets further with every process is not given up."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import tasks.bounds
from runners.cells import checkpoint
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.steps.kept import FILE
from tasks.bounds import ROWS_AT_ONCE
from tests.conftest import Compose
from tests.crossing import one_in
from tests.runners.signals import Killed, as_if_killed, run_until
from tests.runners.tiny import TINY

SAVING = (*TINY, "runner.checkpoint_every=5", "runner.evaluate_every=5")


@pytest.mark.parametrize("foreign", one_in(2, ["optimizer.lr=0.1", "seed=1", "runner.steps=40"]))
def test_the_checkpoint_of_another_cell_is_set_aside(
    compose_cell: Compose, whole: Callable[..., Cell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, foreign: str
):
    config = compose_cell(*SAVING)
    other = compose_cell(*SAVING, foreign, f"output={tmp_path / 'other'}")
    cell = run_until(config, 12, monkeypatch)
    shutil.copy(run_until(other, 38 if "steps" in foreign else 17, monkeypatch).folder / "checkpoint.pt", cell.folder)
    run_cell(config, [])
    assert cell.meta["scores"] == whole(*SAVING).meta["scores"]
    log = (cell.folder / "cell.log").read_text()
    assert "the checkpoint is of" in log
    assert "continuing from step 5" in log, "the good one before is used"
    assert (cell.folder / "checkpoint.damaged").exists()


@pytest.mark.parametrize("part", one_in(2, ["task", "estimators", "optimizers", "generators", "batches", "step"]))
def test_a_checkpoint_with_the_name_of_the_run_and_other_content_is_set_aside(
    compose_cell: Compose, whole: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch, part: str
):
    config = compose_cell(*SAVING)
    cell = run_until(config, 12, monkeypatch)
    path = cell.folder / "checkpoint.pt"
    state = checkpoint.load(path)
    torch.save(state | {part: {"something": torch.zeros(3)}}, path)
    run_cell(config, [])
    assert cell.meta["status"] == "done"
    assert cell.meta["scores"] == whole(*SAVING).meta["scores"]
    assert "it does not fit this run" in (cell.folder / "cell.log").read_text()


def test_a_first_checkpoint_is_there_after_some_seconds_whatever_the_steps(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("runners.steps.training.FIRST_SAVE", 0.0)
    cell = run_until(compose_cell(*TINY, "runner.checkpoint_every=500"), 7, monkeypatch)
    assert checkpoint.load(cell.folder / "checkpoint.pt")["step"] == 1


def test_a_cell_that_dies_again_and_again_but_gets_further_is_not_given_up(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("runners.steps.training.FIRST_SAVE", 0.0)
    config = compose_cell(*TINY, "runner.checkpoint_every=500", "runner.attempts=2")
    for step in (3, 6, 9, 12):
        run_until(config, step, monkeypatch)
    assert run_cell(config, [])[0].meta["status"] == "done"


# Calls of a bound's parts, of which the test set has 2 and the validation set 2: in the first part, between two, and
# between the two sets.
@pytest.mark.parametrize("at", one_in(2, [1, 2, 3, 4]))
def test_final_scores_resume_with_the_part_that_the_process_died_in(
    compose_cell: Compose, whole: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch, at: int
):
    monkeypatch.setattr("runners.steps.kept.KEEP_EVERY", 0.0)
    monkeypatch.setitem(ROWS_AT_ONCE, "cpu", 160)
    scored = (*TINY, "runner.bound_samples=4", "runner.valid_samples=4", "runner.evaluate_every=20")
    expected, config = whole(*scored), compose_cell(*scored)
    cell, part = Cell(config), tasks.bounds._bounds_of_batch
    computed: list[int] = []

    def killed(task: Any, batch: Any, samples: int, rows: int) -> Any:
        computed.extend([len(computed)] * (samples == 4))
        if len(computed) == at and cell.meta["deaths"] == 0:
            raise Killed
        return part(task, batch, samples, rows)

    monkeypatch.setattr("tasks.bounds._bounds_of_batch", killed)
    with monkeypatch.context() as patch:
        as_if_killed(patch)
        with pytest.raises(Killed):
            run_cell(config, [])
    deaths = cell.deaths
    assert run_cell(config, [])[1].status == "done"
    assert len(computed) == 4 + 1, "only the part that it died in is computed again"
    assert cell.meta["scores"] == expected.meta["scores"]
    assert deaths == 0 or at == 1, "it has got further"
    assert not (cell.folder / FILE).exists()


@pytest.mark.parametrize("what", one_in(2, ["other model", "nothing", "wrong types", "other device"]))
def test_kept_scores_of_another_cell_are_not_taken(compose_cell: Compose, whole: Callable[..., Cell], what: str):
    expected, config = whole(*TINY), compose_cell(*TINY)
    cell = Cell(config)
    cell.folder.mkdir(parents=True)
    model = {"lineage": cell.lineage, "draws": expected.meta["draws"], "step": 20}
    begun = {"of": "test 4", "parts": 1, "sums": [1.0, 2.0], "generators": {"cpu": torch.zeros(3)}}
    kept: dict[str, Any] = {"model": model, "known": {}, "begun": begun}
    if what == "other model":
        kept |= {"model": model | {"lineage": "other"}, "known": {"test 4": {"negative_bound": 1.0}}}
    if what == "wrong types":
        kept |= {"known": {"test 4": 3}}
    checkpoint.save(cell.folder / FILE, kept, keep=False)
    if what == "nothing":
        (cell.folder / FILE).write_bytes(b"")
    run_cell(config, [])
    assert cell.meta["scores"] == expected.meta["scores"]


def test_a_scaling_cell_that_dies_after_new_values_each_time_gets_further(compose_cell: Compose):
    cell = Cell(compose_cell(*TINY))
    for values in range(1, 5):
        cell.open({})
        assert cell.meta["deaths"] == 0
        (cell.folder / "scaling.jsonl").write_text("{}\n" * values)
    for deaths in (0, 1, 2):
        cell.open({})
        assert cell.meta["deaths"] == deaths
