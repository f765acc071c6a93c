from __future__ import annotations

from pathlib import Path

import pytest

from runners.cells.journal import FILES, Altered, Journal


@pytest.mark.parametrize("change", ["appended", "half a line"])
def test_what_came_after_a_mark_is_cut_off(tmp_path: Path, change: str):
    journal = Journal(tmp_path)
    journal.write(10, {"loss": 1.5}, seconds=0.1)
    marks = journal.marks()
    kept = {name: path.read_bytes() for name, path in journal.paths.items()}
    metrics = journal.paths["metrics.jsonl"]
    if change == "appended":
        journal.write(20, {"loss": 1.25}, seconds=0.2)
    else:
        metrics.write_bytes(metrics.read_bytes() + b'{"step": 20, "lo')
    journal.restore(journal.until(marks))
    assert {name: path.read_bytes() for name, path in journal.paths.items()} == kept


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("change", ["altered", "shortened", "emptied", "deleted"])
def test_what_was_altered_before_a_mark_is_noticed(tmp_path: Path, name: str, change: str):
    journal = Journal(tmp_path)
    journal.write(10, {"loss": 1.5}, seconds=0.1)
    marks, path = journal.marks(), journal.paths[name]
    match change:
        case "altered":
            path.write_bytes(path.read_bytes().replace(b"1", b"2"))
        case "shortened":
            path.write_bytes(path.read_bytes()[:-1])
        case "emptied":
            path.write_bytes(b"")
        case _:
            path.unlink()
    with pytest.raises(Altered, match=f"{name} is not as the cell wrote it"):
        journal.until(marks)


def test_a_mark_before_the_first_entry_needs_no_file(tmp_path: Path):
    journal = Journal(tmp_path)
    marks = journal.marks()
    assert set(journal.until(marks).values()) == {b""}
    journal.write(10, {"loss": 1.5}, seconds=0.1)
    assert set(journal.until(marks).values()) == {b""}


def test_restoring_nothing_empties_the_files(tmp_path: Path):
    journal = Journal(tmp_path)
    journal.write(10, {"loss": 1.5}, seconds=0.1)
    journal.restore({})
    assert [path.read_bytes() for path in journal.paths.values()] == [b"", b""]
