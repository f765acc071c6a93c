"""Commands write to whatever terminal there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runners.cells.terminal import printable
from tests.runners.forked import command
from tests.runners.launched import SMALL, metas, run


def test_a_command_whose_streams_are_closed_does_its_work(tmp_path: Path):
    ended = command(*SMALL, f"output={tmp_path / 'out'}", folder=tmp_path, closed=True)
    assert ended.returncode == 0
    assert [meta["status"] for meta in metas(tmp_path / "out").values()] == ["done"]


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-"])
def test_so_does_one_that_starts_without_them(tmp_path: Path, closed: str):
    words = [sys.executable, "-m", "runners.run", *SMALL, f"output={tmp_path}"]
    ended = subprocess.run(["bash", "-c", f'"$@" {closed}', "bash", *words], capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert [meta["status"] for meta in metas(tmp_path).values()] == ["done"]


def test_a_terminal_that_knows_ascii_alone_is_written_to(tmp_path: Path):
    ended = run(*SMALL, f"output={tmp_path}", "names.estimator='é日'", PYTHONIOENCODING="ascii")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.isascii()
    assert r"\xe9\u65e5" in ended.stdout


@pytest.mark.parametrize(("text", "shown"), [("a\x1b[2J", r"a\x1b[2J"), ("a\nb", r"a\nb"), ("\u202e", r"\u202e")])
def test_control_characters_are_shown_as_codes(text: str, shown: str):
    assert printable(text) == shown
