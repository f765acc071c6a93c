from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import DictConfig

from runners.cells import checkpoint
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.steps.training import Training
from tests.conftest import Compose


def state(step: int) -> dict[str, Any]:
    return {"lineage": "this run", "step": step, "weights": torch.full((50,), float(step)), "names": ["a", {"b": None}]}


def test_a_checkpoint_reads_as_it_was_written_and_is_an_ordinary_file_of_torch(tmp_path: Path):
    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, state(3))
    for found in (checkpoint.load(path), torch.load(path, weights_only=True)):
        assert found["step"] == 3
        assert found["names"] == ["a", {"b": None}]
        assert torch.equal(found["weights"], torch.full((50,), 3.0))
    assert zipfile.ZipFile(path).testzip() is None


def test_the_checkpoint_before_the_last_is_kept(tmp_path: Path):
    path = tmp_path / "checkpoint.pt"
    for step in range(3):
        checkpoint.save(path, state(step))
    assert checkpoint.load(path)["step"] == 2
    assert checkpoint.load(checkpoint.previous(path))["step"] == 1
    assert len(list(tmp_path.iterdir())) == 2


DAMAGES = {
    "cut in half": lambda content: content[: len(content) // 2],
    "emptied": lambda _: b"",
    "one byte changed": lambda content: content[:500] + bytes([content[500] ^ 1]) + content[501:],
    "a byte appended": lambda content: content + b"0",
    "no archive": lambda _: b"no checkpoint",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_noticed_named_and_the_one_before_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, damage: str
):
    monkeypatch.setattr(checkpoint.log, "propagate", True)
    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, state(1))
    checkpoint.save(path, state(2))
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(checkpoint.Damaged, match=r"checkpoint\.pt: the checkpoint is cut off or altered"):
        checkpoint.load(path)
    found = checkpoint.last_good(path, lineage="this run")
    assert found is not None
    assert found["step"] == 1
    assert "checkpoint.pt: the checkpoint is cut off or altered; it is set aside" in caplog.text
    checkpoint.previous(path).write_bytes(b"")
    assert checkpoint.last_good(path, lineage="this run") is None


def test_a_pickle_that_would_run_code_is_refused_even_with_a_right_digest(tmp_path: Path):
    marker = tmp_path / "executed"

    class Malicious:
        def __reduce__(self):
            return (Path.touch, (marker,))

    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, {"step": Malicious()})
    body = path.read_bytes()[: -checkpoint.DIGITS]
    assert path.read_bytes()[-checkpoint.DIGITS :] == hashlib.sha256(body).hexdigest().encode()
    with pytest.raises(checkpoint.Damaged, match=r"[Ww]eights.only"):
        checkpoint.load(path)
    assert not marker.exists()


def run_until_step_17(config: DictConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs the cell as far as a process that is killed then."""
    advance = Training.advance

    def killed(self: Training) -> None:
        if self.step == 17:
            raise KeyboardInterrupt
        advance(self)

    with monkeypatch.context() as patch:
        patch.setattr(Training, "advance", killed)
        with pytest.raises(KeyboardInterrupt):
            run_cell(config, [])


@pytest.mark.parametrize("both", [False, True])
def test_a_cell_with_a_damaged_checkpoint_ends_with_the_same_bits(
    compose_cell: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, both: bool
):
    overrides = ["estimator=nvil", "runner.checkpoint_every=5"]
    whole, _ = run_cell(compose_cell(*overrides), [])
    config = compose_cell(*overrides, f"output={tmp_path / 'damaged'}")
    run_until_step_17(config, monkeypatch)
    path = Cell(config).folder / "checkpoint.pt"
    for each in [path, checkpoint.previous(path)][: 1 + both]:
        each.write_bytes(each.read_bytes()[:1000])
    started: list[int] = []
    advance = Training.advance

    def watched(self: Training) -> None:
        started.append(self.step)
        advance(self)

    monkeypatch.setattr(Training, "advance", watched)
    cell, _ = run_cell(config, [])
    assert started[0] == (0 if both else 10)
    assert (cell.folder / "metrics.jsonl").read_bytes() == (whole.folder / "metrics.jsonl").read_bytes()
    assert cell.meta["scores"] == whole.meta["scores"]
    assert "checkpoint.pt: the checkpoint is cut off or altered" in (cell.folder / "cell.log").read_text()


def test_the_journal_of_an_interrupted_cell_is_healed_from_its_checkpoint(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch
):
    config = compose_cell("runner.checkpoint_every=5", "runner.evaluate_every=5")
    run_until_step_17(config, monkeypatch)
    metrics = Cell(config).folder / "metrics.jsonl"
    metrics.write_text("no JSON\n" + metrics.read_text().replace("valid", "void"))
    run_cell(config, [])
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    assert [line["step"] for line in lines] == [5, 10, 15, 20]
    assert all("valid_negative_elbo" in line for line in lines)
