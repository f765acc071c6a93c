"""The command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from results.__main__ import main
from tests.crossing import one_in
from tests.results.conftest import WriteCell


def test_says_how_many_files_it_wrote_then_the_table_and_then_what_to_open(
    write_cell: WriteCell, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cell("nvil", bound=98.76)
    folder = write_cell("muprop", status="diverged").parent
    assert main([str(folder)]) == 0
    first, *between, last = capsys.readouterr().out.splitlines()
    written = [path for path in folder.rglob("*") if path.is_file() and path.parent.name in (folder.name, "figures")]
    figures = [path for path in written if path.parent.name == "figures"]
    assert first == f"{len(written)} files in {folder}, {len(figures)} of them in figures/"
    assert "98.76" in "\n".join(between)
    assert last == f"open {folder / 'report.html'}"
    assert {path.name for path in written} >= {"cells.csv", "cells.parquet", "curves.parquet", "table.md", "table.tex"}
    assert all(path.stat().st_size for path in written)


def test_what_an_experiment_cannot_show_stands_below_its_table(
    write_cell: WriteCell, outputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cell("nvil")
    (outputs / "sweep.json").write_text('{"cells": [], "note": "Too short for a verdict."}')
    assert main([str(outputs)]) == 0
    assert "Too short for a verdict." in capsys.readouterr().out
    assert "Too short for a verdict." in (outputs / "table.md").read_text()


def test_a_folder_without_cells_is_one_line_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "holds no cells" in captured.err


@pytest.fixture
def three(write_cell: WriteCell, outputs: Path, without_figures: None) -> Path:
    for name, bound in {"nvil": 100.0, "darn": 101.0, "gumbel_softmax": 99.0}.items():
        write_cell(name, bound=bound)
    return outputs


def first_words(table: Path) -> list[str]:
    lines = table.read_text().splitlines()
    return [line.split(" | ")[0].strip("| ") for line in lines if line.startswith("| ")][2:]


def test_methods_can_be_left_out_put_in_order_and_named(three: Path) -> None:
    assert main([str(three), "--only", "nvil,darn", "--order", "nvil", "--labels", "nvil=Ours,darn=Theirs"]) == 0
    assert first_words(three / "table.md") == ["Ours", "Theirs"]
    assert "**100.00**" in (three / "table.md").read_text(), "the best of those that take part"
    assert "Ours &" in (three / "table.tex").read_text()


def test_the_article_can_have_further_columns(three: Path) -> None:
    assert main([str(three), "--columns", "speed"]) == 0
    assert "& steps/s" in (three / "table.tex").read_text()


@pytest.mark.parametrize(
    ("option", "kind"),
    [("--only", "method"), ("--order", "method"), ("--columns", "function"), ("--sections", "function")],
)
def test_a_name_that_is_not_there_is_answered_with_those_that_are(
    three: Path, option: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(three), option, "nvill"]) == 2
    assert f"nvill: no such {kind}; choose from" in capsys.readouterr().err


MODULES = {
    "def column(": ".column: it cannot be imported: SyntaxError: ",
    "raise SystemExit(0)": ".column: it cannot be imported: SystemExit: 0",
    "column = 5": ".column: this is no function",
    "def column(*_): raise ValueError('mine\\nand more')": ".column: ValueError: mine and more (",
    "def column(*_): raise SystemExit(0)": ".column: SystemExit: 0 (",
}
"""The user's modules, and what is said about them."""


@pytest.mark.parametrize("option", ["--columns", "--sections"])
@pytest.mark.parametrize("content", one_in(2, MODULES))
def test_a_users_function_that_fails_or_leaves_is_one_line_and_no_success(
    three: Path,
    option: str,
    content: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "a_users_module.py").write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "a_users_module", raising=False)
    assert main([str(three), option, "a_users_module.column"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: a_users_module{MODULES[content]}")
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_line(
    write_cell: WriteCell, outputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder in the place of a file, which stops the superuser too."""
    write_cell("nvil")
    (outputs / "cells.csv").mkdir()
    assert main([str(outputs)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert "cells.csv" in error
    assert len(error.splitlines()) == 1


@pytest.mark.usefixtures("without_figures")
def test_a_full_disk_is_one_line(
    write_cell: WriteCell, outputs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    write_cell("nvil")
    monkeypatch.setattr("results.page.page.write_atomically", full)
    assert main([str(outputs)]) == 2
    assert capsys.readouterr().err == f"error: {outputs}: No space left on device\n"
