from __future__ import annotations

from pathlib import Path

from runners.journal import Journal


def test_cutting_back_drops_exactly_what_was_written_since(tmp_path: Path):
    journal = Journal(tmp_path)
    journal.write(10, {"loss": 1.5}, seconds=0.1)
    sizes = journal.sizes()
    kept = {name: path.read_bytes() for name, path in journal.paths.items()}
    journal.write(20, {"loss": 1.25}, seconds=0.2)
    journal.cut(sizes)
    assert {name: path.read_bytes() for name, path in journal.paths.items()} == kept


def test_cutting_without_sizes_empties_the_files(tmp_path: Path):
    journal = Journal(tmp_path)
    journal.write(10, {"loss": 1.5}, seconds=0.1)
    journal.cut({})
    assert set(journal.sizes().values()) == {0}
