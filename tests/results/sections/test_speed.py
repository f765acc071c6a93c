from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from results.__main__ import main
from results.reading.collect import collect
from results.sections.speed import cheapest_steps, speed, speed_tables
from results.sections.speed_targets import HARNESS, ONE, SEVERAL, Check, Target, checks
from tests.results.conftest import WriteCell

TIMES = {"step": 4.0, "data": 0.1, "forward": 1.5, "backward": 1.8, "optimizer": 0.5, "harness": 0.1, "floor": 2.0}


@pytest.fixture
def measured_cell(write_cell: WriteCell):
    def write(estimator: str, evaluations: int = 1, **scores: float) -> Path:
        folder = write_cell(estimator, cost_evaluations=evaluations, **{"runner._target_": "runners.speed.speed"})
        meta = json.loads((folder / "meta.json").read_text())
        meta["scores"] = {f"{name}_ms": value for name, value in TIMES.items()} | {"step_by_floor": 2.0} | scores
        (folder / "meta.json").write_text(json.dumps(meta))
        return folder

    return write


def of_cells(outputs: Path) -> dict[tuple[str, Target], Check]:
    return {(one.cell.split(" ")[0], one.target): one for one in checks(speed(collect(outputs)))}


def test_one_evaluation_and_several_have_limits_of_their_own(measured_cell: Any, outputs: Path) -> None:
    measured_cell("nvil", step_by_reference=1.3)
    measured_cell("arms", 2, step_by_reference=2.3)
    measured_cell("rebar", 3, step_by_reference=3.2)
    found = of_cells(outputs)
    assert {key: one.met for key, one in found.items()} == {
        ("nvil", ONE): False,
        ("arms", SEVERAL): False,
        ("rebar", SEVERAL): True,
    }


def test_a_speed_up_has_to_be_large_and_the_other_ratios_small(measured_cell: Any, outputs: Path) -> None:
    measured_cell("gumbel_softmax", speed_up_side_by_side=1.9, step_by_tutorial=0.8)
    met = {target.column: one.met for (_, target), one in of_cells(outputs).items()}
    assert met == {"speed_up_side_by_side": True, "step_by_tutorial": False, "step_by_floor": True}


def test_the_table_names_what_is_missed_and_why(measured_cell: Any, outputs: Path) -> None:
    measured_cell("gumbel_softmax", floor_ms=1.6)
    measured_cell("nvil", harness_share=0.04, step_by_reference=1.3)
    assert speed_tables(speed(collect(outputs)))[-1].notes == [
        "1 of 3 targets are met",
        f"{ONE.statement}: missed by 1 of 1 ({ONE.reason}): nvil on vae_bernoulli 1.3 (1.25)",
        f"{HARNESS.statement}: missed by 1 of 1 ({HARNESS.reason}): nvil on vae_bernoulli 0.04 (0.025)",
    ]


def test_of_many_cells_that_miss_a_target_the_worst_are_named(measured_cell: Any, outputs: Path) -> None:
    for number in range(10):
        measured_cell(f"method{number}", harness_share=0.04 + number / 1000)
    (line,) = speed_tables(speed(collect(outputs)))[-1].notes[1:]
    assert "missed by 10 of 10" in line
    assert "method9 on vae_bernoulli 0.049" in line
    assert "method1 " not in line
    assert line.endswith("; 2 more in the table")


def test_each_kind_of_comparison_has_a_table_of_the_cells_that_have_it(measured_cell: Any, outputs: Path) -> None:
    measured_cell("nvil", step_by_reference=1.3)
    measured_cell("gumbel_softmax", jax_ms=5.0, step_by_jax=0.8)
    phases, products, programs = speed_tables(speed(collect(outputs)))
    assert [len(table.rows) for table in (phases, products, programs)] == [2, 2, 1]
    assert programs.headings == [("estimator",), ("task",), ("jax",), ("step", "/ jax")]


def test_the_summary_names_the_cheapest_step_the_most_expensive_and_what_compiling_saves(
    measured_cell: Any, outputs: Path
) -> None:
    measured_cell("nvil", step_ms=6.0, step_by_reference=1.3, compiled_by_step=0.5)
    measured_cell("gumbel_softmax", step_by_reference=1.02, compiled_by_step=0.7, compiled_by_jax=0.75)
    measured_cell("rebar", step_ms=1234.0, step_by_reference=250.0)
    assert list(cheapest_steps(speed(collect(outputs)))) == [
        "vae_bernoulli: of 3 estimators, gumbel_softmax (4.0 ms) has the cheapest step, "
        "rebar (1,234 ms, 250.00 times gumbel_softmax) the most expensive. Compiled, a step takes 0.50 to 0.70 of its "
        "time. With gumbel_softmax the compiled step takes, of the time of other programs: 0.75 of JAX."
    ]


def test_the_command_writes_table_figure_and_json(measured_cell: Any, outputs: Path, capsys: Any) -> None:
    measured_cell("nvil", harness_share=0.01)
    assert main([str(outputs)]) == 0
    assert "1 of 1 targets are met" in capsys.readouterr().out
    (row,) = json.loads((outputs / "speed.json").read_text())
    assert (row["estimator"], row["step_ms"]) == ("nvil", 4.0)
    assert (outputs / "figures" / "step_times_vae_bernoulli.png").exists()
    page = (outputs / "report.html").read_text()
    assert "Speed" in page
    assert "<li>vae_bernoulli: a step with NVIL (4.0 ms).</li>" in page
