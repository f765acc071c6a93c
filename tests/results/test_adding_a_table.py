"""docs/adding-a-table.md: its file, as a reader would use it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pandas as pd
import pytest

from results.__main__ import main
from tests.results.conftest import WriteCell

PAGE = Path("docs/adding-a-table.md").read_text(encoding="utf-8")


@pytest.fixture
def my_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_figures: None) -> str:
    """The module of the page, where Python finds it."""
    (example,) = re.findall(r"```python\n(# my_tables.py\n.*?)```", PAGE, re.DOTALL)
    (tmp_path / "my_tables.py").write_text(example)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_tables", raising=False)
    return "my_tables"


def test_a_column_and_a_section_of_ones_own_are_in_every_format(
    my_tables: str, write_cell: WriteCell, outputs: Path, capsys: pytest.CaptureFixture[str]
):
    """20 steps at 10 a second are a thirtieth of a minute."""
    for seed, bound in enumerate((100.0, 103.0)):
        write_cell("nvil", seed=seed, bound=bound, steps_per_second=10.0)
        write_cell("their_own", seed=seed, status="failed")
    (options,) = re.findall(r"python -m results outputs/quick (.*)", PAGE)
    assert main([str(outputs), *options.split()]) == 0
    printed = capsys.readouterr().out
    for name, sign in (("table.md", "|"), ("table.tex", "&"), ("table.html", "<td>")):
        text = (outputs / name).read_text()
        assert "worst seed" in text
        assert re.search(rf"{re.escape(sign)} ?103\.0", text)
    assert "worst seed" in printed
    assert "Minutes of training, without evaluation." in printed
    assert "| 0.03 | 2 |" in (outputs / "training_time.md").read_text()
    assert pd.read_csv(outputs / "training_time.csv")["minutes"].tolist() == pytest.approx([1 / 30])
    described = json.loads((outputs / "datapackage.json").read_text())["resources"]
    (fields,) = (each["schema"]["fields"] for each in described if each["name"] == "training_time")
    assert {
        "name": "minutes",
        "type": "number",
        "description": "of training, median over cells",
        "unit": "min",
    } in fields
    page = (outputs / "report.html").read_text()
    assert "worst seed" in page
    assert "Training time" in page


def test_a_section_of_a_folder_without_anything_for_it_is_left_out(
    my_tables: str, write_cell: WriteCell, outputs: Path
):
    write_cell("nvil", status="failed")
    assert main([str(outputs), "--sections", f"{my_tables}.training_time"]) == 0
    assert not (outputs / "training_time.md").exists()


@pytest.mark.parametrize("option", ["--columns", "--sections"])
@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("no_such_column", "no_such_column: no such function; choose from"),
        ("no_such_module.f", "no_such_module.f: No module named 'no_such_module'"),
        ("my_tables.no_such_function", "module 'my_tables' has no attribute 'no_such_function'"),
    ],
)
def test_what_is_not_there_is_one_line_and_status_2(
    my_tables: str,
    write_cell: WriteCell,
    outputs: Path,
    capsys: pytest.CaptureFixture[str],
    option: str,
    name: str,
    answer: str,
):
    write_cell("nvil")
    assert main([str(outputs), option, name]) == 2
    error = capsys.readouterr().err
    assert answer in error
    assert error.count("\n") == 1
