"""Figures are drawn whatever matplotlib backend the environment asks for, and leave it to the user."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest

from results.figures.style import figure_style
from tests.results.conftest import WriteCell

OF_JUPYTER = "module://matplotlib_inline.backend_inline"


def python(backend: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MPLBACKEND": backend}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_report_is_written_under_the_backend_of_jupyter(write_cell: WriteCell):
    folder = write_cell("nvil").parent
    ended = python(OF_JUPYTER, "-m", "results", str(folder))
    assert ended.returncode == 0, ended.stderr
    assert list((folder / "figures").glob("*.png"))
    assert (folder / "report.html").exists()


DRAW = """
import sys, results
from matplotlib.figure import Figure
Figure().savefig(sys.argv[1])
"""


OTHERS = ("no_such_backend", "module://nowhere.to_be_found", "tkagg", "")


@pytest.mark.parametrize("backend", [OF_JUPYTER, *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)])
def test_a_figure_is_drawn_under_every_backend(tmp_path: Path, backend: str):
    ended = python(backend, "-c", DRAW, str(tmp_path / "figure.png"))
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "figure.png").exists()


def test_a_backend_that_is_there_stays_the_one_of_the_user():
    code = "import results, os, matplotlib; print(matplotlib.rcParams['backend'], os.environ['MPLBACKEND'])"
    assert python("svg", "-c", code).stdout.split() == ["svg", "svg"]


def test_importing_the_package_changes_nothing_for_who_has_matplotlib_already():
    code = "import matplotlib; matplotlib.use('pdf'); import results; print(matplotlib.rcParams['backend'])"
    assert python("svg", "-c", code).stdout.split() == ["pdf"]


def test_drawing_does_not_change_the_backend(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(matplotlib.rcParams, "backend", "svg")
    with figure_style():
        assert matplotlib.rcParams["backend"] == "svg"
    assert matplotlib.rcParams["backend"] == "svg"
