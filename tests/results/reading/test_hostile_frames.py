"""Frames of a report that anybody may have written are read like records: an odd one is no harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from results.__main__ import main as report
from results.reading.collect import collect
from tests.results.conftest import WriteCell


def reported(write_cell: WriteCell, alone: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frames of two cells, which are written into a folder without cells by :func:`written`."""
    write_cell("nvil")
    results = collect(write_cell("muprop").parent)
    alone.mkdir()
    return results.cells, results.curves


def written(alone: Path, cells: pd.DataFrame, curves: pd.DataFrame) -> Path:
    cells.to_parquet(alone / "cells.parquet")
    curves.to_parquet(alone / "curves.parquet")
    return alone


ODD_VALUES: dict[str, Any] = {"seed": "zero", "step": "late", "negative_bound": "low", "status": "finished"}


@pytest.mark.parametrize(("column", "value"), ODD_VALUES.items())
def test_an_odd_value_of_a_reported_frame_is_left_out_with_a_note(
    write_cell: WriteCell, tmp_path: Path, column: str, value: str
) -> None:
    cells, curves = reported(write_cell, tmp_path / "alone")
    cells[column] = cells[column].astype(object).map(str, na_action="ignore")
    cells.loc[0, column] = value
    cells[column] = cells[column].astype("str")
    results = collect(written(tmp_path / "alone", cells, curves))
    assert len(results.cells) == 2
    assert any(column in note for note in results.notes)


def test_numbers_of_a_reported_frame_that_another_program_wrote_are_what_they_were(
    write_cell: WriteCell, tmp_path: Path
) -> None:
    cells, curves = reported(write_cell, tmp_path / "alone")
    other = cells.astype({"seed": "float64", "step": "float64"}), curves.astype({"step": "float64"})
    results = collect(written(tmp_path / "alone", *other))
    assert results.notes == ()
    pd.testing.assert_frame_equal(results.cells, cells)
    pd.testing.assert_frame_equal(results.curves, curves)


def test_a_time_of_a_reported_frame_that_is_none_is_left_out(write_cell: WriteCell, tmp_path: Path) -> None:
    cells, curves = reported(write_cell, tmp_path / "alone")
    curves.loc[curves["metric"] == "seconds", "value"] = float("inf")
    alone = written(tmp_path / "alone", cells, curves)
    assert "seconds" not in set(collect(alone).curves["metric"])
    assert report([str(alone)]) == 0


def test_a_reported_frame_does_not_lead_out_of_its_folder(write_cell: WriteCell, tmp_path: Path) -> None:
    cells, curves = reported(write_cell, tmp_path / "alone")
    cells["folder"] = ["../elsewhere", cells["folder"].iloc[1]]
    results = collect(written(tmp_path / "alone", cells, curves))
    assert results.cells["folder"].isna().tolist() == [True, False]


@pytest.mark.parametrize("kind", ["no parquet", "no column", "link"])
def test_what_is_no_frame_of_a_report_is_one_line(
    write_cell: WriteCell, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    cells, curves = reported(write_cell, tmp_path / "alone")
    alone = written(tmp_path / "alone", cells.drop(columns="seed") if kind == "no column" else cells, curves)
    if kind == "no parquet":
        (alone / "curves.parquet").write_bytes(b"PAR1 and nothing else")
    if kind == "link":
        (alone / "cells.parquet").rename(tmp_path / "cells.parquet")
        (alone / "cells.parquet").symlink_to(tmp_path / "cells.parquet")
    assert report([str(alone)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
