from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from runners.cells import checkpoint
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.cells.journal import Journal
from tests.conftest import Compose
from tests.runners.signals import run_until


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


def saved(path: Path, step: int) -> None:
    checkpoint.save(path, state(step) | {"journal": Journal(path.parent).marks()})


DAMAGES = {
    "cut in half": lambda content: content[: len(content) // 2],
    "emptied": lambda _: b"",
    "of its tensors one byte changed": lambda content: content.replace(np.float32(2).tobytes(), b"abcd", 1),
    "no archive": lambda _: b"no checkpoint",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_noticed_named_and_the_one_before_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, damage: str
):
    monkeypatch.setattr(checkpoint.log, "propagate", True)
    path = tmp_path / "checkpoint.pt"
    saved(path, 1)
    saved(path, 2)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(checkpoint.Unfit, match=r"checkpoint\.pt: the checkpoint is cut off or altered"):
        checkpoint.load(path)
    found = checkpoint.last_good(path, lineage="this run")
    assert found is not None
    assert found["step"] == 1
    assert "checkpoint.pt: the checkpoint is cut off or altered; it is set aside" in caplog.text
    checkpoint.previous(path).write_bytes(b"")
    assert checkpoint.last_good(path, lineage="this run") is None


def compress(path: Path) -> None:
    stored = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as compressed:
        for name in stored.namelist():
            compressed.writestr(name, stored.read(name))


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("make", [compress, make_pipe, make_folder])
def test_what_no_run_has_written_is_not_read(tmp_path: Path, make: Callable[[Path], None]):
    """A pipe has no end, and a small compressed file may hold more than there is memory."""
    path = tmp_path / "checkpoint.pt"
    saved(path, 1)
    saved(path, 2)
    make(path)
    found = checkpoint.last_good(path, lineage="this run")
    assert found is not None
    assert found["step"] == 1
    assert (tmp_path / "checkpoint.damaged").exists()


def test_a_byte_changed_anywhere_is_noticed_or_changes_nothing(tmp_path: Path):
    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, state(3))
    content, noticed = path.read_bytes(), 0
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            found = checkpoint.load(path)
        except checkpoint.Unfit:
            noticed += 1
        else:
            assert torch.equal(found.pop("weights"), torch.full((50,), 3.0))
            assert found == {"lineage": "this run", "step": 3, "names": ["a", {"b": None}]}
    assert noticed > 50


def test_a_pickle_that_would_run_code_is_refused_even_if_it_is_whole(tmp_path: Path):
    marker = tmp_path / "executed"

    class Malicious:
        def __reduce__(self):
            return (Path.touch, (marker,))

    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, {"step": Malicious()})
    assert zipfile.ZipFile(path).testzip() is None
    with pytest.raises(checkpoint.Unfit, match=r"[Ww]eights.only"):
        checkpoint.load(path)
    assert not marker.exists()


@pytest.mark.parametrize("both", [False, True])
def test_a_cell_with_a_damaged_checkpoint_ends_with_the_same_bits(
    compose_cell: Compose,
    whole: Callable[..., Cell],
    monkeypatch: pytest.MonkeyPatch,
    trained_from: list[int],
    both: bool,
):
    overrides = ["estimator=nvil", "runner.checkpoint_every=5"]
    expected, config = whole(*overrides), compose_cell(*overrides)
    run_until(config, 17, monkeypatch)
    path = Cell(config).folder / "checkpoint.pt"
    for each in [path, checkpoint.previous(path)][: 1 + both]:
        each.write_bytes(each.read_bytes()[:1000])
    trained_from.clear()
    cell, _ = run_cell(config, [])
    assert trained_from[0] == (0 if both else 10)
    assert (cell.folder / "metrics.jsonl").read_bytes() == (expected.folder / "metrics.jsonl").read_bytes()
    assert cell.meta["scores"] == expected.meta["scores"]
    assert "checkpoint.pt: the checkpoint is cut off or altered" in (cell.folder / "cell.log").read_text()


EVERY_5 = ("runner.checkpoint_every=5", "runner.evaluate_every=5")


def test_what_was_done_to_the_journal_of_an_interrupted_cell_is_undone(
    compose_cell: Compose, whole: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch
):
    """Where it is altered before the checkpoint, the cell begins again."""
    expected, config = whole(*EVERY_5), compose_cell(*EVERY_5)
    run_until(config, 17, monkeypatch)
    metrics = Cell(config).folder / "metrics.jsonl"
    metrics.write_text("no JSON\n" + metrics.read_text().replace("valid", "void"))
    cell, _ = run_cell(config, [])
    assert metrics.read_bytes() == (expected.folder / "metrics.jsonl").read_bytes()
    log = (cell.folder / "cell.log").read_text()
    assert "checkpoint.pt: metrics.jsonl is not as the cell wrote it up to step 15; it is set aside" in log


def test_a_journal_beyond_its_checkpoint_is_cut_back(
    compose_cell: Compose, whole: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch
):
    expected, config = whole(*EVERY_5), compose_cell(*EVERY_5)
    run_until(config, 17, monkeypatch)
    journal = Journal(Cell(config).folder)
    journal.write(16, {"valid_negative_elbo": 1.0}, seconds=1.0)
    cell, _ = run_cell(config, [])
    timed = journal.paths["timings.jsonl"].read_text().splitlines()
    assert [json.loads(line)["step"] for line in timed] == [5, 10, 15, 20]
    assert journal.paths["metrics.jsonl"].read_bytes() == (expected.folder / "metrics.jsonl").read_bytes()
    assert "continuing from step 15" in (cell.folder / "cell.log").read_text()


def as_of_version_0_1_0(path: Path) -> None:
    """Makes a checkpoint one that holds the journal's text, with a digest in the comment at its end."""
    state = checkpoint.load(path)
    state["journal"] = {name: text.decode() for name, text in Journal(path.parent).until(state["journal"]).items()}
    torch.save(state, path)
    body = path.read_bytes()[:-2] + (64).to_bytes(2, "little")
    path.write_bytes(body + hashlib.sha256(body).hexdigest().encode())


def test_a_checkpoint_of_version_0_1_0_is_continued(
    compose_cell: Compose, whole: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch
):
    expected, config = whole(*EVERY_5), compose_cell(*EVERY_5)
    run_until(config, 17, monkeypatch)
    path = Cell(config).folder / "checkpoint.pt"
    as_of_version_0_1_0(path)
    (path.parent / "metrics.jsonl").unlink()
    cell, _ = run_cell(config, [])
    assert "continuing from step 15" in (cell.folder / "cell.log").read_text()
    assert (cell.folder / "metrics.jsonl").read_bytes() == (expected.folder / "metrics.jsonl").read_bytes()
    assert cell.meta["scores"] == expected.meta["scores"]


def test_a_finished_cell_of_version_0_1_0_is_extended(compose_cell: Compose, whole: Callable[..., Cell]):
    expected = whole("runner.steps=40")
    shorter, _ = run_cell(compose_cell(), [])
    as_of_version_0_1_0(shorter.folder / "checkpoint.pt")
    cell, _ = run_cell(compose_cell("runner.steps=40"), [])
    origin = cell.meta["extended_from"]
    assert origin is not None
    assert origin["step"] == 20
    assert (cell.folder / "metrics.jsonl").read_bytes() == (expected.folder / "metrics.jsonl").read_bytes()
