from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from results.__main__ import main
from results.experiment import Experiment
from results.reading.collect import collect
from results.sections.scaling import section
from tests.results.sections.measured import cell


def point(value: int, milliseconds: float | None, **entries: Any) -> dict[str, Any]:
    measured = {} if milliseconds is None else {"outcome": "measured", "milliseconds": milliseconds, "peak_mb": 20.0}
    return {"along": "task.latent.k", "value": value, **measured, **entries}


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    runner = "runners.scaling.scaling"
    slow = [point(2, 4.0), point(10, 20.0), point(100, None, outcome="out of memory", reason="more than 8 GB")]
    cell(tmp_path, "enumeration", runner, scaling=slow)
    cell(tmp_path, "nvil", runner, scaling=[point(2, 2.0), point(10, 2.5), point(100, 3.0)])
    cell(tmp_path, "disarm", runner, scaling=[point(2, None, outcome="does not apply", reason="bits only")])
    return tmp_path


@pytest.mark.usefixtures("without_figures")
def test_the_table_has_times_speed_up_and_what_did_not_fit(measured: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(measured)]) == 0
    assert "milliseconds per step against k" in capsys.readouterr().out
    written = (measured / "scaling.md").read_text()
    assert "| NVIL | 2 | 2.5 | 3 |" in written
    assert "| Enumeration | 4 | 20 | memory |" in written
    assert "| NVIL | 2 | 8 |  |" in written, "speed-up 4 / 2 and 20 / 2.5"
    assert "| DisARM | n/a |" in written
    assert written.index("| NVIL | 2 | 2.5") < written.index("| Enumeration | 4"), "what goes further comes first"


def test_the_summary_says_what_is_cheapest_at_the_end_and_what_stopped_before(measured: Path):
    made = section(Experiment(collect(measured)))
    assert made is not None
    assert list(made.found) == [
        "bits: of 1 methods with k=100, NVIL has the cheapest step, 3.0 ms. "
        "Stopped: Enumeration at 100 (out of memory)."
    ]


@pytest.mark.usefixtures("drawn_figures")
def test_the_frame_and_the_figure_are_written(measured: Path):
    main([str(measured)])
    frame = pd.read_parquet(measured / "scaling.parquet")
    assert frame.loc[frame["outcome"] == "out of memory", "reason"].tolist() == ["more than 8 GB"]
    assert frame.set_index(["estimator", "value"])["speed_up"]["nvil", 10] == 8.0
    assert (measured / "figures" / "scaling.png").stat().st_size > 10_000
    assert (measured / "figures" / "scaling.pdf").exists()


@pytest.mark.parametrize(
    ("values", "written"),
    [((4, 8), {"4", "8"}), ((10, 30, 100, 300), {"10", "30", "100", "300"}), (range(2, 30), {"10"})],
)
def test_few_values_are_all_written_along_the_axis(tmp_path: Path, values: Sequence[int], written: set[str]):
    cell(tmp_path, "nvil", "runners.scaling.scaling", scaling=[point(value, 1.0 + value) for value in values])
    made = section(Experiment(collect(tmp_path)))
    assert made is not None
    ((_, figure),) = made.figures
    figure.draw_without_rendering()
    low, high = figure.axes[0].get_xlim()
    ticks = [*figure.axes[0].get_xticklabels(), *figure.axes[0].get_xticklabels(minor=True)]
    assert {tick.get_text() for tick in ticks if low <= tick.get_position()[0] <= high} - {""} == written


def test_two_numbers_that_grow_get_a_figure_each(measured: Path):
    batches = [{**point(10, 1.0), "along": "runner.batch_size"}, {**point(20, 2.0), "along": "runner.batch_size"}]
    cell(measured, "rloo", "runners.scaling.scaling", scaling=batches)
    main([str(measured)])
    assert {path.name for path in (measured / "figures").glob("*.png")} == {
        "scaling_runner.batch_size.png",
        "scaling_task.latent.k.png",
    }


def test_an_odd_line_is_a_note_and_the_others_stay(measured: Path):
    with (measured / "nvil" / "scaling.jsonl").open("a") as file:
        file.write('{"along": "task.latent.k", "value": 1000, "outcome": "unheard of"}\n')
    made = section(Experiment(collect(measured)))
    assert made is not None
    assert len(made.data["scaling"].frame) == 7
    assert "nvil: line 4 of scaling.jsonl is unreadable and is left out" in made.tables[0].notes
