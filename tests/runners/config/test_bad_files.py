"""Data, records and names that cannot be used as they are, and errors without words."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from runners import run
from runners.cells.execution import run_cell
from tests.conftest import Compose
from tests.crossing import one_in
from tests.runners.forked import command
from tests.runners.tiny import TINY

SMALL = ["data._target_=tests.conftest.stripes", "runner.steps=4", "runner.evaluate_every=4"]


@pytest.mark.parametrize("found", one_in(2, ["a directory", "another file", "nothing"]))
def test_data_that_cannot_be_used_is_one_line_that_names_the_file(tmp_path: Path, found: str):
    name = "train-images-idx3-ubyte.gz"
    data = tmp_path / "data" / "fashion"
    data.mkdir(parents=True)
    if found == "a directory":
        (data / name).mkdir()
    elif found == "another file":
        (data / name).write_bytes(b"these are no images")
    arguments = ["data=fashion_mnist", "runner.steps=4", f"output={tmp_path / 'out'}"]
    places = {"GUMBEL_BENCH_DATA": str(data.parent), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    ended = command(*arguments, folder=tmp_path, environment=places)
    printed = ended.stdout + ended.stderr
    assert ended.returncode == 1, printed
    assert name in printed
    assert (str(data) in printed) == (found != "nothing")
    assert "Traceback" not in printed
    assert len(printed.strip().splitlines()) == 1, printed


@pytest.mark.parametrize("content", one_in(2, ["", "[]", "{", "null", '{"status": 3}']))
def test_an_unreadable_record_is_made_anew(compose_cell: Compose, content: str):
    cell, _ = run_cell(compose_cell(*TINY), [])
    scores = cell.meta["scores"]
    (cell.folder / "meta.json").write_text(content)
    again, ending = run_cell(compose_cell(*TINY), [])
    assert (ending.status, ending.note) == ("done", None)
    assert again.meta["scores"] == scores


def test_names_with_html_and_shell_characters_stay_text_and_inside_the_folder(tmp_path: Path):
    name = "<img src=x onerror=alert(1)>;$(touch owned)/../../x"
    ended = command(*SMALL, f"output={tmp_path / 'out'}", f"names.estimator='{name}'", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    (meta,) = tmp_path.glob("out/*/meta.json")
    assert json.loads(meta.read_text())["names"]["estimator"] == name
    assert not set(meta.parent.name) & set("<>;$/ ")
    assert not list(tmp_path.rglob("owned"))


def test_an_error_without_words_is_named(monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise AssertionError

    monkeypatch.setattr(run, "_main", fail)
    monkeypatch.setattr(sys, "argv", ["runners.run"])
    monkeypatch.setattr(os, "environ", {**os.environ})
    with pytest.raises(SystemExit, match="error: AssertionError"):
        run.main()
