from __future__ import annotations

import os
from pathlib import Path

import pytest

from runners.cells.files import read_file, remove_half_written, replacing, write_atomically


def test_a_reader_sees_the_old_file_until_the_whole_new_one_is_there(tmp_path: Path):
    path = tmp_path / "table.md"
    path.write_text("old")
    with replacing(path) as new:
        new.write_text("n")
        assert path.read_text() == "old"
        new.write_text("new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "table.md"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as new:
            new.write_text("half")
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("temporary", [False, True])
def test_an_error_names_the_file_that_was_to_be_written(tmp_path: Path, temporary: bool):
    def fail() -> None:
        with replacing(tmp_path / "table.md") as new:
            raise OSError(28, "No space left on device", *([str(new)] if temporary else []))

    with pytest.raises(OSError, match=r"No space left on device: .*/table\.md'"):
        fail()


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="not a regular file"):
        write_atomically(pipe, "as to /dev/stdout")
    assert pipe.is_fifo()


def test_the_suffix_by_which_a_writer_chooses_the_format_stays(tmp_path: Path):
    with replacing(tmp_path / "bounds.png") as new:
        assert new.suffix == ".png"
        new.touch()


@pytest.mark.parametrize("name", ["meta.json", "checkpoint.pt", "figure.v2.pdf", "LICENSE"])
def test_what_a_dead_process_left_is_removed_and_nothing_else(tmp_path: Path, name: str):
    write_atomically(tmp_path / name, "whole")
    write_atomically(tmp_path / "notes.tmpl", "the reader's own")
    with replacing(tmp_path / name) as new:
        new.write_text("half")
        remove_half_written(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {name, "notes.tmpl"}
        new.touch()


def test_a_file_that_holds_more_than_its_size_says_is_not_read_on():
    """As one that grows while it is read; files of the kernel have size 0."""
    path = Path("/proc/self/maps")
    assert path.stat().st_size == 0
    with pytest.raises(OSError, match=r"this is larger than 1e-05 MB"):
        read_file(path, at_most=10)
