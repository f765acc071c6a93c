from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from results.__main__ import main
from results.collect import collect
from results.speed import as_table, speed, targets
from tests.results.conftest import WriteCell

TIMES = {"step": 4.0, "data": 0.1, "forward": 1.5, "backward": 1.8, "optimizer": 0.5, "harness": 0.1, "floor": 2.0}


@pytest.fixture
def measured_cell(write_cell: WriteCell):
    def write(estimator: str, evaluations: int = 1, **scores: float) -> Path:
        folder = write_cell(estimator, cost_evaluations=evaluations)
        meta = json.loads((folder / "meta.json").read_text())
        meta["scores"] = {f"{name}_ms": value for name, value in TIMES.items()} | {"step_by_floor": 2.0} | scores
        (folder / "meta.json").write_text(json.dumps(meta))
        config = (folder / "config.yaml").read_text()
        (folder / "config.yaml").write_text(config.replace("runner:\n", "runner:\n  _target_: runners.speed.speed\n"))
        return folder

    return write


def found_targets(outputs: Path) -> dict[tuple[str, str], Any]:
    return {(t.cell.split(" ")[0], t.statement): t for t in targets(speed(collect(outputs)))}


def test_one_evaluation_and_several_have_limits_of_their_own(measured_cell: Any, outputs: Path) -> None:
    measured_cell("nvil", step_by_reference=1.3)
    measured_cell("rebar", 3, step_by_reference=3.2)
    found = found_targets(outputs)
    one, three = (
        found["nvil", "step / gumbel_softmax, 1 evaluations"],
        found["rebar", "step / gumbel_softmax, 3 evaluations"],
    )
    assert (one.limit, one.met) == (1.25, False)
    assert (three.limit, three.met) == (pytest.approx(3.3), True)


def test_a_speed_up_has_to_be_large_and_the_other_ratios_small(measured_cell: Any, outputs: Path) -> None:
    measured_cell("gumbel_softmax", speed_up_side_by_side=1.9, step_by_baseline=0.8)
    found = found_targets(outputs)
    assert found["gumbel_softmax", "two side by side / one"].met
    assert not found["gumbel_softmax", "step / plain script"].met
    assert found["gumbel_softmax", "step / floor"].met


def test_the_table_names_what_is_missed(measured_cell: Any, outputs: Path) -> None:
    measured_cell("nvil", harness_share=0.04)
    notes = as_table(speed(collect(outputs))).notes
    assert notes == ["0 of 1 targets are met", "missed: nvil on vae_bernoulli, harness share: 0.04 (at most 0.03)"]


def test_the_command_writes_table_figure_and_json(measured_cell: Any, outputs: Path, capsys: Any) -> None:
    measured_cell("nvil", harness_share=0.01)
    assert main([str(outputs)]) == 0
    assert "1 of 1 targets are met" in capsys.readouterr().out
    (row,) = json.loads((outputs / "speed.json").read_text())
    assert (row["estimator"], row["step_ms"]) == ("nvil", 4.0)
    assert (outputs / "figures" / "step_times_vae_bernoulli.png").exists()
    assert "Speed" in (outputs / "report.html").read_text()
