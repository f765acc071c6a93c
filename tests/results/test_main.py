"""The command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from results.__main__ import main
from tests.results.conftest import WriteCell


def test_prints_the_table_and_every_file_it_wrote(write_cell: WriteCell, capsys: pytest.CaptureFixture[str]) -> None:
    write_cell("nvil", bound=98.76)
    folder = write_cell("muprop", status="diverged").parent
    assert main([str(folder)]) == 0
    out = capsys.readouterr().out
    assert "98.76" in out
    written = [Path(line) for line in out.splitlines() if line.startswith(str(folder))]
    assert {path.name for path in written} >= {"cells.csv", "cells.parquet", "curves.parquet", "table.md", "table.tex"}
    assert all(path.stat().st_size for path in written)
    assert {path for path in folder.rglob("*") if path.is_file() and path.parent.name in (folder.name, "figures")} == {
        *written
    }


def test_a_folder_without_cells_is_one_line_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "holds no cells" in captured.err
