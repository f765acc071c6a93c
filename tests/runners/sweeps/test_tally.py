"""The exit status of a sweep says whether every cell that it asked for has ended well, whatever keeps one from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runners.cells.cell import Cell
from runners.cells.ending import LOG, announce
from runners.cells.execution import run_cell
from runners.sweeps import monitor
from runners.sweeps.tally import Tally
from tests.conftest import Compose
from tests.crossing import one_in
from tests.runners.forked import command
from tests.runners.launched import SMALL, metas
from tests.runners.tiny import TINY

SWEEP = ["-m", *SMALL, "runner.steps=2", "runner.evaluate_every=2", "task.latent.n=4"]
UNTRAINED = ["-m", SMALL[0], "runner=toy", "task.latent.n=4"]
"""A sweep whose cells are skipped, since the runner has another task, and so have ended well."""


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}', "null", "[" * 100_000])
def test_a_broken_manifest_is_made_anew(tmp_path: Path, content: str):
    path = tmp_path / "sweep.json"
    path.write_text(content)
    monitor._add_to_manifest(path, [["seed=0"], ["seed=1"]], note=None)
    assert json.loads(path.read_text()) == {"cells": [["seed=0"], ["seed=1"]]}


def test_a_mistake_in_one_cell_is_no_success(tmp_path: Path):
    out = tmp_path / "o"
    out.mkdir()
    (out / "sweep.json").touch()
    ended = command(*SWEEP, "seed=0,-1", f"output={out}", folder=tmp_path)
    assert ended.returncode == 1
    assert "2 cells ended, 1 of them without success" in ended.stdout
    assert "seed=-1: an integer of at least 0 is needed" in ended.stdout
    assert len(metas(out)) == 1


@pytest.mark.parametrize("what", ["sweep.json", LOG])
def test_an_output_that_cannot_be_written_starts_nothing(tmp_path: Path, what: str):
    """A folder in the place of a file, which stops the superuser too."""
    out = tmp_path / "o"
    (out / what).mkdir(parents=True)
    ended = command(*SWEEP, "seed=0,1", f"output={out}", folder=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: output: ")
    assert len(ended.stderr.splitlines()) == 1
    assert not metas(out)


@pytest.mark.slow
def test_an_isolated_cell_that_was_interrupted_alone_is_no_success(tmp_path: Path, compose_cell: Compose):
    config = compose_cell(*TINY, "data._target_=tests.runners.mishaps.signalled", "runner.isolate=true")
    cell, ending = run_cell(config, [])
    assert cell.meta["status"] == "interrupted"
    assert not ending.is_success


# What the words of a command line may be, which a cell must be recognised by: several in each sweep.
WORDS = [
    ["seed=range(0,2)", "names.estimator='a b'", "names.data=a\\,b", "task.hidden=[10]"],
    ["names.estimator='a b','c,d'", "estimator={_target_:estimators.score_function.Reinforce}", "optimizer.lr=0.01"],
    ["estimator=glob(st_*)", "names.data='é','日'", "+names.extra=1"],
    ['names.estimator="x y",z', "task.hidden=[10],[12,13]"],
]


@pytest.mark.parametrize("words", one_in(len(WORDS), WORDS), ids=" ".join)
def test_the_cells_of_a_sweep_are_recognised_whatever_their_words(tmp_path: Path, words: list[str]):
    ended = command(*UNTRAINED, *words, f"output={tmp_path / 'o'}", folder=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "cells ended, 0 of them without success" in ended.stdout
    assert "did not end" not in ended.stdout


def tally_of(output: Path, cell: list[str]) -> Tally:
    tally = Tally(output)
    tally.expect([cell])
    return tally


def test_two_sweeps_on_one_folder_count_only_their_own_cells(compose_cell: Compose, tmp_path: Path):
    own, foreign = ["seed=0"], ["seed=7"]
    tally = tally_of(tmp_path, own)
    cell = Cell(compose_cell(f"output={tmp_path}"), foreign)
    announce(cell, status="failed", reason="of the other sweep")
    assert tally.conclusion()[1] == 1, "its own has not ended"
    announce(Cell(compose_cell(f"output={tmp_path}"), own), status="done")
    lines, status = tally.conclusion()
    assert status == 0
    assert lines == [f"1 cells ended, 0 of them without success; all are in {tmp_path}"]


def test_what_another_process_was_at_counts_by_what_became_of_it(compose_cell: Compose):
    config = compose_cell()
    cell = Cell(config, ["seed=0"])
    cell.open({})
    tally = tally_of(cell.output, ["seed=0"])
    with cell.lock():
        announce(cell, "in another process")
        lines, status = tally.conclusion()
        assert status == 0
        assert "1 run in another process" in lines[0]
    assert tally.conclusion()[1] == 1, "it has died"
    cell.close("failed", "something")
    assert tally.conclusion()[1] == 1
    cell.close("done")
    assert tally.conclusion()[1] == 0


def test_a_folder_that_was_removed_is_no_success(tmp_path: Path):
    tally = tally_of(tmp_path, ["seed=0"])
    (tmp_path / LOG).unlink()
    lines, status = tally.conclusion()
    assert status == 1
    assert "1 were asked for and did not end" in lines[0]


def test_lines_that_are_no_endings_are_passed_over(compose_cell: Compose, tmp_path: Path):
    tally = tally_of(tmp_path, ["seed=0"])
    announce(Cell(compose_cell(f"output={tmp_path}"), ["seed=0"]), status="done")
    line = json.loads((tmp_path / LOG).read_text())
    odd = {"overrides": [["seed=0"]], "scores": ["bound"], "folder": 3, "reason": {}, "note": "idle", "parts": None}
    with (tmp_path / LOG).open("a") as file:
        file.write('garbage\n{}\n[]\n{"status": 3}\n' + "[" * 10_000 + "\n")
        file.writelines(f"{json.dumps(line | {name: value})}\n" for name, value in odd.items())
    assert tally.conclusion()[1] == 0
