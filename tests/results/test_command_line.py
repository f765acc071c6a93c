"""The console script: every command by a short name."""

from __future__ import annotations

import importlib
import sys
import tomllib
from pathlib import Path

import pytest

from results.command_line import COMMANDS, main
from tests.results.conftest import WriteCell


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | None:
    monkeypatch.setattr(sys, "argv", ["gumbel-bench", *words])
    return main()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_main_function(name: str):
    assert callable(importlib.import_module(COMMANDS[name].module).main)


def test_a_command_gets_the_words_that_follow_it(
    write_cell: WriteCell, outputs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    write_cell("nvil")
    assert call(monkeypatch, "status", str(outputs)) == 0
    assert "nvil" in capsys.readouterr().out


def test_the_exit_status_is_that_of_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert call(monkeypatch, "report", str(tmp_path)) == 2


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_without_a_command_all_are_listed(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert call(monkeypatch, *words) == 0
    printed = capsys.readouterr().out
    assert all(f"  {name}" in printed for name in COMMANDS)


def test_an_unknown_command_is_answered_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert call(monkeypatch, "reprot") == 2
    assert "error: reprot: choose one of run, report," in capsys.readouterr().err


def test_the_root_of_the_file_system_holds_no_cells(capsys: pytest.CaptureFixture[str]):
    assert importlib.import_module("results.pack").main(["/"]) == 2
    assert capsys.readouterr().err == "error: /: holds no cells\n"


def test_a_command_answers_without_control_characters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert call(monkeypatch, "status", "no\x1b[2J") == 2
    assert capsys.readouterr().err == "error: no\\x1b[2J: no such folder\n"


def test_the_package_installs_it():
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"gumbel-bench": "results.command_line:main"}
