"""Publishing a folder of cells, reading what is published, and putting it back."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
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
from tests.results.conftest import WriteCell, cell_writer

COMMAND = "make benchmark EXP=mine"


def two_cells(write_cell: WriteCell) -> None:
    for estimator in ("nvil", "muprop"):
        folder = write_cell(estimator)
        (folder / "checkpoint.pt").write_bytes(b"large")
        np.savez_compressed(folder / "gallery.npz", samples=np.full((10, 28, 28), 128, dtype=np.uint8))


@dataclass(frozen=True)
class Place:
    """A folder of two cells, and the library in which they are published as ``mine``."""

    outputs: Path
    library: Path


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Of tests that only read it."""
    folder = tmp_path_factory.mktemp("shared")
    place = Place(folder / "outputs", folder / "library")
    with pytest.MonkeyPatch.context() as patch:
        two_cells(cell_writer(place.outputs, patch))
    published.publish(place.outputs, "mine", COMMAND, place.library)
    return place


@pytest.fixture
def own(shared: Place, tmp_path: Path) -> Place:
    """A copy that a test may change."""
    shutil.copytree(shared.outputs.parent, tmp_path / "own")
    return Place(tmp_path / "own" / "outputs", tmp_path / "own" / "library")


def test_the_frames_that_are_loaded_are_those_of_the_folder(shared: Place):
    loaded, here = published.load("mine", shared.library), collect(shared.outputs)
    pd.testing.assert_frame_equal(loaded.cells, here.cells)
    pd.testing.assert_frame_equal(loaded.curves, here.curves)


@pytest.mark.usefixtures("without_figures")
def test_restored_cells_give_the_published_tables(shared: Place, tmp_path: Path):
    added = published.restore("mine", tmp_path / "again", shared.library)
    names = sorted(path.name for path in shared.outputs.iterdir() if path.is_dir())
    assert sorted(path.name for path in added) == names
    assert report([str(tmp_path / "again")]) == 0
    for table in ("table.md", "table.tex", "cells.csv", "curves.parquet"):
        assert (tmp_path / "again" / table).read_bytes() == (shared.library / "mine" / table).read_bytes()


def test_a_cell_that_is_there_already_is_left_alone(own: Place):
    marked = next(path for path in own.outputs.iterdir() if path.name.startswith("nvil"))
    (marked / "cell.log").write_text("mine")
    assert published.restore("mine", own.outputs, own.library) == []
    assert (marked / "cell.log").read_text() == "mine"


@pytest.mark.usefixtures("without_figures")
def test_cells_that_the_folder_has_lost_stay_published(own: Place, write_cell: WriteCell, outputs: Path):
    write_cell("darn")
    published.publish(outputs, "mine", COMMAND, own.library)
    assert set(published.load("mine", own.library).cells["estimator"]) == {"darn", "nvil", "muprop"}


def test_unfinished_cells_checkpoints_and_images_are_not_published(
    write_cell: WriteCell, outputs: Path, tmp_path: Path
):
    library = tmp_path / "library"
    two_cells(write_cell)
    write_cell("darn", status="interrupted")
    published.publish(outputs, "mine", COMMAND, library)
    assert set(published.load("mine", library).cells["estimator"]) == {"nvil", "muprop"}
    for cell in published.restore("mine", tmp_path / "again", library):
        assert not list(cell.glob("*.pt"))
        assert not (cell / "gallery.npz").exists()
    figures = {path.name for path in (library / "mine" / "figures").iterdir()}
    assert "bounds.png" in figures
    assert not any(name.startswith(("samples", "reconstructions")) for name in figures)


def test_publishing_the_same_cells_again_changes_no_byte(own: Place):
    before = {path: path.read_bytes() for path in own.library.rglob("*") if path.is_file()}
    published.publish(own.outputs, "mine", COMMAND, own.library)
    assert {path: path.read_bytes() for path in own.library.rglob("*") if path.is_file()} == before


def test_a_folder_is_compared_with_what_is_published(
    shared: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("results.compare.read", partial(published.read, library=shared.library))
    assert compare(["published:mine", str(shared.outputs)]) == 0
    assert "2 same" in capsys.readouterr().out
    assert compare(["published:yours", str(shared.outputs)]) == 2
    assert "published:yours: choose one of mine" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", ".", "..", "../mine", "a/b", "a\nb"])
def test_a_name_is_that_of_a_folder_of_the_library(own: Place, tmp_path: Path, name: str):
    with pytest.raises(published.Unknown, match="a name of letters, digits, dots, hyphens and underscores is needed"):
        published.publish(own.outputs, name, COMMAND, tmp_path / "other" / "library")
    assert not (tmp_path / "other").exists()


def test_an_unknown_name_is_answered_with_the_known_ones(
    shared: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(published.Unknown, match="published:yours: choose one of mine"):
        published.load("yours", shared.library)
    assert main(["restore", "no_such_name", str(tmp_path / "target")]) == 2
    assert "published:no_such_name: choose one of" in capsys.readouterr().err
    assert not (tmp_path / "target").exists()


AT_ONCE = ("gradients", "reinmax", "speed")
"""One of each kind of result; the rest, of which some are large, is slow."""


@pytest.mark.usefixtures("without_figures")
@pytest.mark.parametrize(
    "name", [name if name in AT_ONCE else pytest.param(name, marks=pytest.mark.slow) for name in published.names()]
)
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
