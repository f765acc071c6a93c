from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from results.comparison import compare
from results.reading.collect import collect
from results.sections.cells import frames
from results.sections.comparison_table import comparison_table
from runners.cells.files import digest_of_file
from tests.results.conftest import WriteCell

CELLS = 10_000


@pytest.mark.slow
def test_ten_thousand_cells_are_in_tables_within_twenty_seconds_of_cpu(write_cell: WriteCell, outputs: Path):
    """Of this process, whatever else the machine does. Half as many on one that is idle."""
    for index in range(CELLS):
        folder = write_cell("nvil" if index % 2 else "rloo", seed=index // 2)
        record(folder)
    began = time.process_time()
    results = collect(outputs)
    table = comparison_table(compare(results.cells))
    for name, data in frames(results).items():
        data.write(outputs, name)
    seconds = time.process_time() - began
    assert len(results.cells) == CELLS
    assert results.cells["optimizer.lr"].notna().all()
    assert len(table.rows) == 2
    assert seconds < 20, seconds


def record(folder: Path) -> None:
    """Completes the record as a runner does when a cell ends."""
    meta = json.loads((folder / "meta.json").read_text())
    meta["digests"] = {name: digest_of_file(folder / name) for name in ("config.yaml", "metrics.jsonl")}
    (folder / "meta.json").write_text(json.dumps(meta))


def test_a_configuration_that_was_changed_by_hand_is_read_from_its_file(write_cell: WriteCell, outputs: Path):
    folder = write_cell("nvil")
    record(folder)
    text = (folder / "config.yaml").read_text()
    assert collect(outputs).cells["optimizer.lr"].item() == 0.001
    (folder / "config.yaml").write_text(text.replace("lr: 0.001", "lr: 0.5"))
    results = collect(outputs)
    assert results.cells["optimizer.lr"].item() == 0.5
    assert any("config.yaml was changed after the cell ended" in note for note in results.notes)
