"""The command line of the checks: what it prints, and its exit status."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from estimators.checks import CheckResult
from estimators.checks.__main__ import main

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line in this process, with what it prints."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["estimators.checks", *arguments])
        status = main()
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, status, printed.out, printed.err)

    return run


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder on Python's path with a module of somebody else's class, which is wrong."""
    (tmp_path / "theirs.py").write_text(
        "from estimators.score_function import Reinforce\nclass Wrong(Reinforce):\n    cost_evaluations = 7\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "theirs", raising=False)


def test_the_command_line_checks_a_configured_estimator_by_name(command: Command):
    ended = command("reinforce", "dtype", "cost_evaluations")
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"passed +dtype +bernoulli 4 +float32 and float64", ended.stdout)
    assert "reinforce: 6 checks run: 6 passed, 0 failed; 0 skipped" in ended.stdout


@pytest.mark.usefixtures("theirs")
def test_the_command_line_ends_with_1_when_a_check_fails(command: Command):
    ended = command("theirs.Wrong", "cost_evaluations")
    assert ended.returncode == 1, ended.stderr
    assert "declared 7, counted 1" in ended.stdout


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nvill", "nvill: choose one of "),
        ("nowhere.Class", "nowhere.Class: cannot import nowhere: No module named 'nowhere'"),
        ("estimators.exact.Nothing", "estimators.exact.Nothing: module estimators.exact has no Nothing"),
        ("estimators.exact.__doc__", "is no factory"),
        ("tests.runners.broken_module.Any", "cannot import tests.runners.broken_module: SystemExit: not here"),
    ],
)
def test_a_target_that_is_not_there_gets_one_line(command: Command, target: str, message: str):
    ended = command(target)
    assert ended.returncode == 2
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert message in line


def test_the_command_line_fails_when_nothing_could_be_run(command: Command):
    ended = command("reinforce", "exact_where_claimed")
    assert ended.returncode == 1
    assert "0 checks run" in ended.stdout


@pytest.mark.usefixtures("theirs")
def test_the_command_line_writes_one_json_document(command: Command):
    arguments = ("theirs.Wrong", "cost_evaluations", "--json", "--expect-failure", "cost_evaluations[bernoulli 1]=why")
    ended = command(*arguments)
    assert ended.returncode == 1, ended.stderr
    document = json.loads(ended.stdout)
    assert document["target"] == "theirs.Wrong"
    assert document["checks"] == {"run": 4, "passed": 0, "failed": 3, "xfail": 1, "skipped": 0}
    first, second, *_ = document["results"]
    assert set(first) == {field.name for field in dataclasses.fields(CheckResult)} | {"name"}
    assert (first["name"], first["status"]) == ("cost_evaluations[bernoulli 4]", "failed")
    assert (first["statistic"], first["tolerance"]) == (6.0, 0)
    assert second["status"] == "xfail"
