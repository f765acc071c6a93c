"""A checkpoint belongs to its cell, is there soon, and a cell that gets further with every process is not given up."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from runners.cells import checkpoint
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.steps.scoring import Scorer
from runners.steps.training import SCORES, Training
from tests.conftest import Compose
from tests.runners.signals import Killed, as_if_killed
from tests.runners.tiny import TINY

SAVING = (*TINY, "runner.checkpoint_every=5", "runner.evaluate_every=5")


def run_until(config: Any, step: int, monkeypatch: pytest.MonkeyPatch) -> Cell:
    """Runs the cell as far as a process that is killed then."""
    advance = Training.advance

    def killed(self: Training) -> None:
        if self.step == step:
            raise Killed
        advance(self)

    with monkeypatch.context() as patch:
        as_if_killed(patch)
        patch.setattr(Training, "advance", killed)
        with pytest.raises(Killed):
            run_cell(config, [])
    return Cell(config)


@pytest.mark.parametrize("foreign", ["seed=1", "optimizer.lr=0.1", "runner.steps=40"])
def test_the_checkpoint_of_another_cell_is_set_aside(
    compose_cell: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, foreign: str
):
    whole, _ = run_cell(compose_cell(*SAVING), [])
    config = compose_cell(*SAVING, f"output={tmp_path / 'own'}")
    other = compose_cell(*SAVING, foreign, f"output={tmp_path / 'other'}")
    cell = run_until(config, 12, monkeypatch)
    shutil.copy(run_until(other, 38 if "steps" in foreign else 17, monkeypatch).folder / "checkpoint.pt", cell.folder)
    run_cell(config, [])
    assert cell.meta["scores"] == whole.meta["scores"]
    log = (cell.folder / "cell.log").read_text()
    assert "the checkpoint is of" in log
    assert "continuing from step 5" in log, "the good one before is used"
    assert (cell.folder / "checkpoint.damaged").exists()


@pytest.mark.parametrize("part", ["task", "estimators", "optimizers", "generators", "batches", "step"])
def test_a_checkpoint_with_the_name_of_the_run_and_other_content_is_set_aside(
    compose_cell: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
):
    whole, _ = run_cell(compose_cell(*SAVING), [])
    config = compose_cell(*SAVING, f"output={tmp_path / 'own'}")
    cell = run_until(config, 12, monkeypatch)
    path = cell.folder / "checkpoint.pt"
    state = checkpoint.load(path)
    torch.save(state | {part: {"something": torch.zeros(3)}}, path)
    run_cell(config, [])
    assert cell.meta["status"] == "done"
    assert cell.meta["scores"] == whole.meta["scores"]
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


def test_final_scores_go_on_with_the_split_that_the_process_died_in(
    compose_cell: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole, _ = run_cell(compose_cell(*TINY), [])
    config = compose_cell(*TINY, f"output={tmp_path / 'own'}")
    cell, score = Cell(config), Scorer.score
    asked: list[tuple[str, int]] = []

    def killed_while_validating(self: Scorer, split: Any, samples: int) -> dict[str, float]:
        asked.append((split, samples))
        if asked[-1] == ("valid", 4) and asked.count(("valid", 4)) == 1:
            raise Killed
        return score(self, split, samples)

    as_if_killed(monkeypatch)
    monkeypatch.setattr(Scorer, "score", killed_while_validating)
    with pytest.raises(Killed):
        run_cell(config, [])
    assert json.loads((cell.folder / SCORES).read_text())["step"] == 20
    deaths = cell.deaths
    run_cell(config, [])
    assert asked.count(("test", 4)) == 1
    assert cell.meta["scores"] == whole.meta["scores"]
    assert deaths == 0, "it has got further"
    assert not (cell.folder / SCORES).exists()


def test_kept_scores_of_another_cell_are_not_taken(compose_cell: Compose, tmp_path: Path):
    whole, _ = run_cell(compose_cell(*TINY), [])
    config = compose_cell(*TINY, f"output={tmp_path / 'own'}")
    cell = Cell(config)
    cell.folder.mkdir(parents=True)
    for content in ("", "[]", json.dumps({"lineage": "other", "step": 20, "samples": 4, "scores": {"x": 1.0}})):
        (cell.folder / SCORES).write_text(content)
    run_cell(config, [])
    assert cell.meta["scores"] == whole.meta["scores"]


def test_a_scaling_cell_that_dies_after_new_values_each_time_gets_further(compose_cell: Compose):
    cell = Cell(compose_cell(*TINY))
    for values in range(1, 5):
        cell.open({})
        assert cell.meta["deaths"] == 0
        (cell.folder / "scaling.jsonl").write_text("{}\n" * values)
    for deaths in (0, 1, 2):
        cell.open({})
        assert cell.meta["deaths"] == deaths
