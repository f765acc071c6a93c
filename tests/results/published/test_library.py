"""Publishing a folder of cells, reading what is published, and putting it back."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from results import published
from results.__main__ import main as report
from results.compare import main as compare
from results.published.__main__ import main
from results.reading.collect import collect
from tests.results.conftest import WriteCell


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


def two_cells(write_cell: WriteCell) -> None:
    for estimator in ("nvil", "muprop"):
        folder = write_cell(estimator)
        (folder / "checkpoint.pt").write_bytes(b"large")
        np.savez_compressed(folder / "gallery.npz", samples=np.full((10, 28, 28), 128, dtype=np.uint8))


def test_the_frames_that_are_loaded_are_those_of_the_folder(write_cell: WriteCell, outputs: Path, library: Path):
    two_cells(write_cell)
    published.publish(outputs, "mine", "make benchmark EXP=mine", library)
    loaded, here = published.load("mine", library), collect(outputs)
    pd.testing.assert_frame_equal(loaded.cells, here.cells)
    pd.testing.assert_frame_equal(loaded.curves, here.curves)


def test_restored_cells_give_the_published_tables(write_cell: WriteCell, outputs: Path, library: Path, tmp_path: Path):
    two_cells(write_cell)
    target = published.publish(outputs, "mine", "make benchmark EXP=mine", library)
    added = published.restore("mine", tmp_path / "again", library)
    assert sorted(path.name for path in added) == sorted(path.name for path in outputs.iterdir() if path.is_dir())
    assert report([str(tmp_path / "again")]) == 0
    for table in ("table.md", "table.tex", "cells.csv", "curves.parquet"):
        assert (tmp_path / "again" / table).read_bytes() == (target / table).read_bytes()


def test_a_cell_that_is_there_already_is_left_alone(
    write_cell: WriteCell, outputs: Path, library: Path, tmp_path: Path
):
    two_cells(write_cell)
    published.publish(outputs, "mine", "make benchmark EXP=mine", library)
    marked = next(path for path in outputs.iterdir() if path.name.startswith("nvil"))
    (marked / "cell.log").write_text("mine")
    assert published.restore("mine", outputs, library) == []
    assert (marked / "cell.log").read_text() == "mine"


def test_cells_that_the_folder_has_lost_stay_published(write_cell: WriteCell, outputs: Path, library: Path):
    two_cells(write_cell)
    published.publish(outputs, "mine", "make benchmark EXP=mine", library)
    shutil.rmtree(outputs)
    write_cell("darn")
    published.publish(outputs, "mine", "make benchmark EXP=mine", library)
    assert set(published.load("mine", library).cells["estimator"]) == {"darn", "nvil", "muprop"}


def test_unfinished_cells_checkpoints_and_images_are_not_published(
    write_cell: WriteCell, outputs: Path, library: Path, tmp_path: Path
):
    two_cells(write_cell)
    write_cell("darn", status="interrupted")
    published.publish(outputs, "mine", "make benchmark EXP=mine", library)
    assert set(published.load("mine", library).cells["estimator"]) == {"nvil", "muprop"}
    for cell in published.restore("mine", tmp_path / "again", library):
        assert not list(cell.glob("*.pt"))
        assert not (cell / "gallery.npz").exists()
    figures = {path.name for path in (library / "mine" / "figures").iterdir()}
    assert "bounds.png" in figures
    assert not any(name.startswith(("samples", "reconstructions")) for name in figures)


def test_publishing_the_same_cells_again_changes_no_byte(write_cell: WriteCell, outputs: Path, library: Path):
    two_cells(write_cell)
    target = published.publish(outputs, "mine", "make benchmark EXP=mine", library)
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    published.publish(outputs, "mine", "make benchmark EXP=mine", library)
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before


def test_a_folder_is_compared_with_what_is_published(
    write_cell: WriteCell,
    outputs: Path,
    library: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    two_cells(write_cell)
    published.publish(outputs, "mine", "make benchmark EXP=mine", library)
    monkeypatch.setattr("results.compare.read", partial(published.read, library=library))
    assert compare(["published:mine", str(outputs)]) == 0
    assert "2 same" in capsys.readouterr().out
    assert compare(["published:yours", str(outputs)]) == 2
    assert "published:yours: choose one of mine" in capsys.readouterr().err


def test_an_unknown_name_is_answered_with_the_known_ones(
    write_cell: WriteCell, outputs: Path, library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    two_cells(write_cell)
    published.publish(outputs, "mine", "make benchmark EXP=mine", library)
    with pytest.raises(published.Unknown, match="published:yours: choose one of mine"):
        published.load("yours", library)
    assert main(["restore", "no_such_name", str(tmp_path / "target")]) == 2
    assert "published:no_such_name: choose one of" in capsys.readouterr().err
    assert not (tmp_path / "target").exists()


SEARCH = pytest.param("reference_search", marks=pytest.mark.slow)
"""A report of hundreds of cells."""


@pytest.mark.parametrize("name", [SEARCH if name == SEARCH.values[0] else name for name in published.names()])
def test_what_comes_with_the_package_is_made_again_from_its_records_byte_for_byte(name: str, tmp_path: Path):
    published.restore(name, tmp_path / "cells")
    again = published.publish(tmp_path / "cells", name, "the same", tmp_path / "library")
    shipped = published.location(name)
    tables = [path.name for path in shipped.iterdir() if path.suffix in (".csv", ".md", ".tex")]
    assert "cells.csv" in tables
    assert {table: (again / table).read_text() for table in tables} == {
        table: (shipped / table).read_text() for table in tables
    }
    for frame in ("cells", "curves"):
        one, other = (pd.read_parquet(folder / f"{frame}.parquet") for folder in (again, shipped))
        pd.testing.assert_frame_equal(one, other)
