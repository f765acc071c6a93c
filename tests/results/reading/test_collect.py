"""Cells and curves as data frames, whatever state the folder is in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from results.page.command import command_of
from results.reading.collect import CELL_TYPES, NoCells, collect
from results.sections.cells import frames
from tests.results.conftest import WriteCell


def test_a_cell_is_a_row_with_scores_and_flattened_configuration(write_cell: WriteCell) -> None:
    folder = write_cell("nvil", seed=3, bound=101.5)
    cells = collect(folder.parent).cells
    assert list(cells)[: len(CELL_TYPES)] == list(CELL_TYPES)
    (cell,) = cells.to_dict("records")
    assert (cell["estimator"], cell["task"], cell["data"], cell["seed"]) == (
        "nvil",
        "vae_bernoulli",
        "mnist5k-dynamic",
        3,
    )
    assert (cell["negative_bound"], cell["negative_elbo"], cell["bound_samples"]) == (101.5, 106.5, 100)
    assert (cell["status"], cell["step"], cell["folder"]) == ("done", 20, folder.name)
    assert (cell["optimizer.lr"], cell["optimizer.betas"], cell["task.latent.n"]) == (0.001, "[0.9, 0.999]", 200)


def test_curves_hold_scores_and_seconds_one_row_a_value(write_cell: WriteCell) -> None:
    folder = write_cell(bound=100.0)
    results = collect(folder.parent)
    curve = results.curves[results.curves["metric"] == "valid_negative_elbo_one_sample"]
    assert curve[["step", "value"]].to_numpy().tolist() == [[5, 120], [10, 110], [15, 100 + 100 / 15], [20, 105]]
    assert set(results.curves["metric"]) == {"valid_negative_elbo_one_sample", "seconds"}
    assert set(results.curves["cell"]) == set(results.cells["cell"])


def test_written_files_read_back_the_same_and_nothing_else_is_left(write_cell: WriteCell) -> None:
    write_cell("nvil")
    folder = write_cell("gumbel_softmax", status="failed").parent
    results = collect(folder)
    for name, data in frames(results).items():
        data.write(results.folder, name)
    for name, frame in {"cells": results.cells, "curves": results.curves}.items():
        pd.testing.assert_frame_equal(pd.read_parquet(folder / f"{name}.parquet"), frame)
        assert len(pd.read_csv(folder / f"{name}.csv")) == len(frame)
    assert {path.name for path in folder.iterdir() if path.is_file()} == {
        f"{name}.{suffix}" for name in ("cells", "curves") for suffix in ("csv", "parquet")
    }


def test_a_setting_of_several_types_becomes_text_that_parquet_takes(write_cell: WriteCell) -> None:
    write_cell(seed=0, **{"estimator.temperature": 0.5})
    folder = write_cell(seed=1, **{"estimator.temperature": "learned"}).parent
    results = collect(folder)
    for name, data in frames(results).items():
        data.write(results.folder, name)
    assert set(pd.read_parquet(folder / "cells.parquet")["estimator.temperature"]) == {"0.5", "learned"}


def test_a_truncated_last_line_is_left_out_with_a_note(write_cell: WriteCell) -> None:
    folder = write_cell()
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 25, "valid_neg')
    results = collect(folder.parent)
    assert results.curves["step"].max() == 20
    assert any("line 5 of metrics.jsonl" in note for note in results.notes)


def test_a_step_written_twice_counts_as_last_written(write_cell: WriteCell) -> None:
    folder = write_cell()
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 20, "valid_negative_elbo": 1.0}\n')
    curves = collect(folder.parent).curves
    assert curves.loc[
        (curves["metric"] == "valid_negative_elbo_one_sample") & (curves["step"] == 20), "value"
    ].tolist() == [1.0]


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"cell": "abc"}', "\udcff"])
def test_a_cell_with_an_unreadable_record_is_a_row_that_says_so_and_the_others_stay(
    write_cell: WriteCell, broken: str
) -> None:
    write_cell("nvil")
    folder = write_cell("muprop", seed=1)
    (folder / "meta.json").write_text(broken, errors="surrogateescape")
    results = collect(folder.parent)
    found = results.cells[["estimator", "status", "seed"]].to_numpy().tolist()
    assert found == [["muprop", "unreadable", 1], ["nvil", "done", 0]]
    assert str(results.cells.loc[0, "reason"]).startswith("unreadable meta.json: ")
    assert results.notes == (f"{folder.name}: {results.cells.loc[0, 'reason']}",)


def test_cells_asked_for_and_not_there_are_missing(write_cell: WriteCell, ask_for: Callable[..., None]) -> None:
    folder = write_cell("nvil", seed=0).parent
    ask_for("estimator=nvil task=vae_bernoulli seed=0", "estimator=nvil task=vae_bernoulli seed=1 output=elsewhere")
    cells = collect(folder).cells
    missing = cells[cells["status"] == "missing"]
    assert missing[["estimator", "task", "seed"]].to_numpy().tolist() == [["nvil", "vae_bernoulli", 1]]
    assert len(cells) == 2


def test_a_cell_is_found_under_other_words_for_the_same_values(
    write_cell: WriteCell, ask_for: Callable[..., None]
) -> None:
    folder = write_cell("nvil", seed=0).parent
    ask_for("estimator=nvil data=mnist5k optimizer.lr=1e-3 seed=0", "estimator=nvil optimizer.lr=1e-2 seed=0")
    cells = collect(folder).cells
    assert cells.loc[cells["status"] == "missing", "optimizer.lr"].tolist() == [0.01]


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"cells": 3}', '{"cells": [["a"], 3]}', '{"cells": ["abc"]}'])
def test_an_unreadable_list_of_asked_cells_is_a_note(write_cell: WriteCell, content: str) -> None:
    folder = write_cell().parent
    (folder / "sweep.json").write_text(content)
    results = collect(folder)
    assert command_of(results) == "python -m runners.run estimator=nvil task=vae_bernoulli seed=0"
    assert len(results.cells) == 1
    assert "sweep.json" in results.notes[0]


def test_a_folder_without_cells_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoCells, match="no such folder"):
        collect(tmp_path / "nowhere")
    with pytest.raises(NoCells, match="holds no cells"):
        collect(tmp_path)


def test_a_folder_of_frames_alone_is_read_without_cells(write_cell: WriteCell, outputs: Path, tmp_path: Path) -> None:
    write_cell("nvil")
    results = collect(outputs)
    for name, data in frames(results).items():
        data.write(results.folder, name)
    alone = tmp_path / "alone"
    alone.mkdir()
    for name in ("cells", "curves"):
        shutil.copy(outputs / f"{name}.parquet", alone)
    again = collect(alone)
    pd.testing.assert_frame_equal(again.cells, results.cells)
    pd.testing.assert_frame_equal(again.curves, results.curves)


def test_cells_of_an_older_version_are_superseded_whatever_their_seed(write_cell: WriteCell, outputs: Path) -> None:
    for seed in range(2):
        write_cell("nvil", seed=seed, version=1)
    write_cell("nvil", seed=0, version=2)
    write_cell("nvil", seed=0, version=1, **{"optimizer.lr": 0.1})
    results = collect(outputs)
    found = results.cells.set_index(["optimizer.lr", "estimator_version", "seed"])["status"].to_dict()
    assert found == {
        (0.001, 1, 0): "superseded",
        (0.001, 1, 1): "superseded",
        (0.001, 2, 0): "done",
        (0.1, 1, 0): "done",
    }
    assert "seed 0, 1: superseded by cells of a newer version of the code" in " ".join(results.notes)


def test_two_cells_of_one_configuration_and_seed_never_both_count(write_cell: WriteCell, outputs: Path) -> None:
    folder = write_cell("nvil")
    shutil.copytree(folder, outputs / "copy")
    write_cell("nvil", **{"runner.evaluate_every": 10})
    results = collect(outputs)
    assert sorted(results.cells["status"]) == ["done", "superseded", "superseded"]
    assert any("another cell has their configuration and seed" in note for note in results.notes)
