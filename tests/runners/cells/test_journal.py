from __future__ import annotations

from pathlib import Path

import pytest

from runners.cells.journal import Journal


@pytest.mark.parametrize("change", ["appended", "half a line", "altered", "emptied", "deleted"])
def test_restoring_puts_back_what_was_there_whatever_happened_since(tmp_path: Path, change: str):
    journal = Journal(tmp_path)
    journal.write(10, {"loss": 1.5}, seconds=0.1)
    contents = journal.contents()
    kept = {name: path.read_bytes() for name, path in journal.paths.items()}
    metrics = journal.paths["metrics.jsonl"]
    match change:
        case "appended":
            journal.write(20, {"loss": 1.25}, seconds=0.2)
        case "half a line":
            metrics.write_bytes(metrics.read_bytes() + b'{"step": 20, "lo')
        case "altered":
            metrics.write_bytes(metrics.read_bytes().replace(b"1.5", b"0.5"))
        case "emptied":
            metrics.write_bytes(b"")
        case _:
            metrics.unlink()
    journal.restore(contents)
    assert {name: path.read_bytes() for name, path in journal.paths.items()} == kept


def test_restoring_nothing_empties_the_files(tmp_path: Path):
    journal = Journal(tmp_path)
    journal.write(10, {"loss": 1.5}, seconds=0.1)
    journal.restore({})
    assert set(journal.contents().values()) == {""}
