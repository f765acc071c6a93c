"""What a sweep says before and while it runs."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest

from runners.cells.ending import Ending
from runners.sweeps.words import WIDTH, Progress, below_here, finished, plan, seconds_of

ESTIMATORS = ["nvil", "reinforce", "slope_annealed_straight_through"]
CELLS = [
    [f"estimator={estimator}", f"task={task}", f"seed={seed}"]
    for estimator, task, seed in itertools.product(ESTIMATORS, ["vae_bernoulli", "vae_categorical"], range(4))
]


def ended(cell: list[str], status: str = "done", reason: str | None = None, note: str | None = None) -> Ending:
    values = dict(override.split("=") for override in cell)
    parts = f"{values['estimator']} {values['task']} mnist5k-dynamic seed={values['seed']}"
    scores = {"negative_elbo": 160.0, "negative_bound": 155.789} if status == "done" else {}
    return Ending(status, parts, scores, reason, note, "/somewhere/else", cell)  # type: ignore[arg-type]


def test_the_plan_of_a_cross_product_is_its_factors(tmp_path: Path):
    assert plan(CELLS, tmp_path) == f"24 cells = 3 estimators x 2 tasks x 4 seeds, into {tmp_path}"


def test_the_plan_of_anything_else_is_no_product(tmp_path: Path):
    words = plan([*CELLS[:3], ["estimator=nvil", "task=toy", "optimizer.lr=0.1"]], tmp_path)
    assert words == f"4 cells: 2 tasks, 3 seeds, into {tmp_path}"


def test_the_plan_says_how_long_it_takes_and_what_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert plan(CELLS, tmp_path / "outputs" / "quick", ended=4, seconds=200) == (
        "24 cells = 3 estimators x 2 tasks x 4 seeds, 4 of them finished before, about 3 minutes, into outputs/quick"
    )


def test_what_a_cell_takes_is_the_median_of_those_that_were_run(tmp_path: Path):
    known = {"cell": "c", "names": {"estimator": "nvil", "task": "toy", "data": "none"}, "seed": 0, "status": "done"}
    lines = [Ending("done", "nvil toy none s0", {}, None, None, str(tmp_path / "without a record"), [])]
    assert seconds_of(lines) is None
    for seconds in (4, 6, 50):
        (tmp_path / str(seconds)).mkdir()
        times = {"started": "2026-01-01T10:00:00+00:00", "finished": f"2026-01-01T10:00:{seconds:02}+00:00"}
        (tmp_path / str(seconds) / "meta.json").write_text(json.dumps(known | times))
        lines.append(Ending("done", "nvil toy none s0", {}, None, None, str(tmp_path / str(seconds)), []))
    assert seconds_of(lines) == 6
    assert seconds_of([replace(line, status="failed") for line in lines]) is None


def test_finished_cells_are_those_that_ended_well():
    endings = [ended(CELLS[0]), ended(CELLS[1], "failed", "why"), ended(CELLS[2], "running")]
    assert finished(endings, CELLS) == 1


def test_lines_are_aligned_and_fit_the_width():
    progress = Progress(CELLS)
    lines = [progress.line(ended(cell), index + 1, 42.0 * index) for index, cell in enumerate(CELLS)]
    assert lines[0] == " 1/24     0:00 left  done       nvil            vae_bernoulli    s0  bound 155.79"
    assert {line.index("bound") for line in lines} == {lines[0].index("bound")}
    assert max(map(len, lines)) <= WIDTH
    cells = [[*cell, f"estimator.temperature={value}"] for cell in CELLS for value in ("0.25", "0.5")]
    assert "temperature=0.25" in Progress(cells).line(ended(cells[0]), 1, 42.0)


def test_a_failure_says_why_on_a_line_of_its_own_and_no_path():
    first, second = Progress(CELLS).line(ended(CELLS[0], "failed", "why " * 50), 3, None).splitlines()
    assert first.split() == ["3/24", "failed", "nvil", "vae_bernoulli", "s0"]
    assert second.startswith("  ")
    assert "why why" in second
    assert len(second) <= WIDTH
    assert "/somewhere" not in first + second


def test_what_varies_is_named_and_long_settings_are_cut_before_the_note():
    cells = [[*CELLS[0], f"optimizer.lr={value}"] for value in ("0.1", "0." + "0" * 100 + "1")]
    lines = [Progress(cells).line(ended(cell, note="finished before"), 1, None) for cell in cells]
    assert "  lr=0.1  (finished before)" in lines[0]
    assert lines[1].endswith("..  (finished before)")
    assert len(lines[1]) == WIDTH


def test_cells_that_are_not_known_beforehand_have_lines_too():
    assert Progress([]).line(ended(CELLS[5]), 5, None).split()[:3] == ["5", "done", "nvil"]


def test_paths_elsewhere_stay_whole(tmp_path: Path):
    assert below_here(tmp_path) == tmp_path
    assert below_here(Path.cwd() / "outputs") == Path("outputs")
