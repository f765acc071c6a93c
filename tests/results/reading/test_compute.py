"""The line that says what cells cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from results.comparison import compare
from results.reading.collect import collect
from results.reading.compute import compute_line
from results.sections.comparison_notes import notes_of
from tests.results.conftest import WriteCell


def change(folder: Path, **entries: Any) -> None:
    record = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(record | entries))


def an_hour(folder: Path, **entries: Any) -> None:
    """20 steps at a speed at which they take half an hour, and half an hour of scores."""
    times = {"started": "2026-01-01T00:00:00+00:00", "finished": "2026-01-01T01:00:00+00:00"}
    change(folder, **times, steps_per_second=20 / 1800, machine={"processor": "EPYC"}, **entries)


def test_cells_are_counted_with_hours_of_training_and_from_start_to_end_and_hardware(
    write_cell: WriteCell, outputs: Path
):
    an_hour(write_cell(seed=0))
    an_hour(write_cell(seed=1, threads=4))
    assert compute_line(collect(outputs).cells) == (
        "compute: 2 cells; 2.5 core-hours of training, 5.0 with evaluation and interruptions; EPYC"
    )


def test_hours_of_gpus_and_of_cores_are_not_added(write_cell: WriteCell, outputs: Path):
    an_hour(write_cell(seed=0))
    folder = write_cell(seed=1, device="cuda")
    an_hour(folder)
    change(folder, machine={"processor": "EPYC", "gpu": "H200"})
    line = compute_line(collect(outputs).cells)
    assert "0.5 core-hours of training, 1.0 with evaluation and interruptions; EPYC" in line
    assert "0.5 GPU-hours of training, 1.0 with evaluation and interruptions; H200" in line


def test_experiments_are_distinguished(write_cell: WriteCell, outputs: Path):
    for seed, name in enumerate(["quick", "quick", "paper"]):
        an_hour(write_cell(seed=seed), overrides=[f"experiment={name}"])
    line = compute_line(collect(outputs).cells)
    assert "of these paper: 1 cell; 0.5 core-hours" in line
    assert "quick: 2 cells; 1.0 core-hours" in line


def test_the_line_is_a_note_of_the_table(write_cell: WriteCell, outputs: Path):
    an_hour(write_cell())
    notes = notes_of(compare(collect(outputs).cells))
    assert notes[-1].startswith("compute: 1 cell; 0.5 core-hours of training")
