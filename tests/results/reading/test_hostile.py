"""Records and journals of anybody's: one that is odd is one odd row, and nothing else of the machine is read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from results.__main__ import main as report
from results.compare import main as compare
from results.reading.collect import collect
from results.status import status
from tests.crossing import one_in
from tests.results.conftest import WriteCell

HUGE = 1180591620717411303424

LONG_NAMES = {"estimator": "x" * 101, "task": "t", "data": "d"}
"""Figures have no room for them, and images would be larger than can be opened."""

ODD_RECORDS: dict[str, Any] = {
    "seed": [HUGE, -HUGE, 1.5, "0", None, [], True],
    "names": [{}, [], "nvil", {"estimator": 3, "task": "t", "data": "d"}, None, LONG_NAMES],
    "label": ["x" * 101, 3],
    "short_label": ["x" * 101],
    "status": ["finished", 3, None, []],
    "cell": [3, None, []],
    "scores": [[], [1], {"negative_bound": "low"}, {"negative_bound": HUGE}, {"negative_bound": [1]}, "x", 3],
    "step": [HUGE, 1.5, "1", []],
    "draws": [{}, [3], [{"device": 3}], "cpu"],
    "class_versions": [[], {"estimator": "one"}, {"estimator": [1]}],
    "versions": [[], {"torch": 2}],
    "machine": [[], {"processor": 3}],
    "reason": [3, []],
    "overrides": [{}, [3], "seed=1"],
    "steps_per_second": ["fast", [], HUGE],
    "peak_memory_mb": ["much"],
    "cost_evaluations": [1.5, "one"],
    "same_as": [3, []],
    "digests": [[], {"config.yaml": 3}],
    "finished": [3],
    "objective": [3, []],
}


def edited(folder: Path, **entries: Any) -> None:
    path = folder / "meta.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


@pytest.mark.parametrize("key", one_in(3, ODD_RECORDS))
def test_an_entry_that_does_not_fit_makes_that_cell_unreadable_and_no_other(write_cell: WriteCell, key: str) -> None:
    write_cell("nvil", bound=100.0)
    odd = [write_cell("muprop", seed=number) for number in range(len(ODD_RECORDS[key]))]
    for folder, value in zip(odd, ODD_RECORDS[key], strict=True):
        edited(folder, **{key: value})
    results = collect(odd[0].parent)
    found = results.cells.set_index("folder")["status"].to_dict()
    taken = [value for folder, value in zip(odd, ODD_RECORDS[key], strict=True) if found[folder.name] != "unreadable"]
    assert taken == []
    assert sorted(found.values()) == ["done", *["unreadable"] * len(odd)]
    for folder in odd:
        assert any(note.startswith(f"{folder.name}: unreadable meta.json: {key}") for note in results.notes)
    assert "? unreadable" in status(results)
    results.cells.to_parquet(results.folder / "cells.parquet")


UNREADABLE = [b"", b"{", b"[" * 100_000, b"null", b'{"status": "done"}', b"\xff\xfe", b'{"a": %s}' % (b"9" * 10_000)]


@pytest.mark.parametrize("content", UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_record_that_is_none_is_unreadable(write_cell: WriteCell, content: bytes) -> None:
    folder = write_cell()
    (folder / "meta.json").write_bytes(content)
    results = collect(folder.parent)
    assert results.cells["status"].tolist() == ["unreadable"]
    assert "? unreadable" in status(results)


def test_a_folder_whose_only_record_is_unreadable_is_reported(
    write_cell: WriteCell, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_cell()
    (folder / "meta.json").write_text("{")
    assert report([str(folder.parent)]) == 0
    assert compare([str(folder.parent)] * 2) == 0
    assert "1 unscored" in capsys.readouterr().out


ODD_LINES = [
    '{"step": Infinity}',
    '{"step": NaN, "x": 1}',
    '{"step": 1e400}',
    f'{{"step": {HUGE}}}',
    '{"step": "1"}',
    '{"step": true}',
    "3",
    "[]",
    "[" * 10_000,
]


@pytest.mark.parametrize("line", one_in(2, ODD_LINES), ids=range(len(ODD_LINES)))
def test_a_line_of_a_journal_that_does_not_fit_is_left_out_with_a_note(write_cell: WriteCell, line: str) -> None:
    folder = write_cell()
    points = len(collect(folder.parent).curves)
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(f"{line}\n")
    results = collect(folder.parent)
    assert len(results.curves) == points
    assert any("line 5 of metrics.jsonl is unreadable" in note for note in results.notes)


@pytest.mark.parametrize("seconds", ["Infinity", "NaN", '"1"', "-1e300"])
def test_a_time_that_is_none_is_left_out_with_a_note(write_cell: WriteCell, seconds: str) -> None:
    folder = write_cell()
    curves = collect(folder.parent).curves
    with (folder / "timings.jsonl").open("a") as file:
        file.write(f'{{"step": 25, "seconds": {seconds}}}\n')
    results = collect(folder.parent)
    assert any("line 5 of timings.jsonl is unreadable" in note for note in results.notes)
    pd.testing.assert_frame_equal(results.curves, curves)


def test_many_lines_that_do_not_fit_are_one_note(write_cell: WriteCell) -> None:
    folder = write_cell()
    (folder / "metrics.jsonl").write_text("x\n" * 1000)
    edited(folder, digests={})
    (note,) = collect(folder.parent).notes
    assert note == f"{folder.name}: 1000 lines of metrics.jsonl, from 1 on, are unreadable and are left out"


def test_values_of_a_journal_that_are_no_numbers_are_passed_over(write_cell: WriteCell) -> None:
    folder = write_cell()
    points = len(collect(folder.parent).curves)
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(f'{{"step": 25, "a": {HUGE}, "b": "x", "c": [], "d": true, "e": null, "f": 2}}\n')
    assert len(collect(folder.parent).curves) == points + 1


@pytest.mark.parametrize("name", ["/dev/zero", "../../../../etc/passwd", "checkpoint.pt", "cell.log"])
def test_only_the_known_files_are_compared_with_their_digests(write_cell: WriteCell, name: str) -> None:
    folder = write_cell()
    edited(folder, digests={name: "0" * 12})
    assert collect(folder.parent).notes == ()


IRREGULAR: dict[str, Callable[[Path], Any]] = {
    "device": lambda path: path.symlink_to("/dev/zero"),
    "pipe": os.mkfifo,
    "link": lambda path: path.symlink_to("/etc/passwd"),
    "folder": Path.mkdir,
    "large": lambda path: os.truncate(path, 2**40) if path.touch() is None else None,
}


@pytest.mark.parametrize("kind", IRREGULAR)
def test_nothing_but_regular_files_of_some_size_is_read(write_cell: WriteCell, kind: str) -> None:
    write_cell("nvil")
    names = ["meta.json", "config.yaml", "metrics.jsonl", "timings.jsonl"]
    folders = [write_cell("muprop", seed=seed) for seed in range(len(names))]
    for folder, name in zip(folders, names, strict=True):
        (folder / name).unlink()
        IRREGULAR[kind](folder / name)
    results = collect(folders[0].parent)
    assert sorted(results.cells["estimator"]) == [*["muprop"] * len(names), "nvil"]
    assert [folder.name for folder in folders if not any(folder.name in note for note in results.notes)] == []


def test_scores_do_not_take_the_place_of_what_is_recorded(write_cell: WriteCell) -> None:
    folder = write_cell("nvil", seed=3)
    names = ("status", "cell", "estimator", "seed", "step", "folder", "reason", "optimizer.lr", "device")
    before = collect(folder.parent).cells
    scores = json.loads((folder / "meta.json").read_text())["scores"]
    edited(folder, scores=scores | dict.fromkeys(names, 7.5))
    after = collect(folder.parent).cells
    for name in names:
        assert str(after.loc[0, name]) == str(before.loc[0, name]), name


def test_nor_does_what_its_numbers_were_drawn_with(write_cell: WriteCell) -> None:
    folder = write_cell("nvil", seed=3)
    edited(folder, draws=[{"device": "cpu", "status": "failed", "seed": [], "optimizer.lr": {}}])
    (cell,) = collect(folder.parent).cells.to_dict("records")
    assert (cell["status"], cell["seed"], cell["optimizer.lr"], cell["device"]) == ("done", 3, 0.001, "cpu")


def test_a_cell_of_which_nothing_is_known_is_no_hindrance_to_one_that_is_missing(
    write_cell: WriteCell, ask_for: Callable[..., None]
) -> None:
    folder = write_cell("nvil", seed=0)
    (write_cell("muprop", seed=1, bound_samples=None) / "meta.json").write_text("{")
    ask_for("estimator=nvil seed=1", "estimator=nvil seed=2 optimizer.lr=0.5")
    assert sorted(collect(folder.parent).cells["status"]) == ["done", "missing", "missing", "unreadable"]


def test_a_folder_whose_name_is_no_text_is_left_out_with_a_note(write_cell: WriteCell) -> None:
    folder = write_cell()
    os.rename(os.fsencode(write_cell("muprop")), os.fsencode(folder.parent) + b"/\xff")  # noqa: PTH104
    results = collect(folder.parent)
    assert list(results.cells["estimator"]) == ["nvil"]
    assert results.notes == ("1 folders whose names are not valid text are left out",)


def test_a_configuration_that_could_grow_beyond_measure_is_not_read(write_cell: WriteCell) -> None:
    folder = write_cell()
    levels = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 12)]
    (folder / "config.yaml").write_text("\n".join(["a0: &a0 [x, x, x]", *levels]))
    results = collect(folder.parent)
    assert f"{folder.name}: unreadable config.yaml" in results.notes
    (folder / "config.yaml").write_text("a: " + "[" * 5000 + "]" * 5000)
    assert f"{folder.name}: unreadable config.yaml" in collect(folder.parent).notes


ASKED = (f"seed={HUGE}", "a=[&a [x],*a]", "seed", "=", "a.b.c", "{", "x={", "seed=\n\t")


@pytest.mark.parametrize("asked", one_in(3, ASKED))
def test_whatever_was_asked_for_is_a_missing_row(
    write_cell: WriteCell, ask_for: Callable[..., None], asked: str
) -> None:
    folder = write_cell().parent
    (folder / "sweep.json").write_text(json.dumps({"cells": [["estimator=nvil", asked, "seed=5"]]}))
    results = collect(folder)
    results.cells.to_parquet(results.folder / "cells.parquet")
    assert sorted(results.cells["status"]) == ["done", "missing"]
    assert status(results)
