from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from runners import scaling as scaling_module
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.measuring.step_cost import main as measure
from runners.measuring.step_cost import step_cost
from runners.scaling import FILE
from tests.conftest import Compose
from tests.runners.forked import in_fork
from tests.runners.signals import Killed, as_if_killed

QUICK = ["runner=scaling", "task=embedding", "data=noise", "data._target_=tasks.synthetic.noise", "task.features=4"]
QUICK += ["data.pictures=30", "runner.batch_size=10", "runner.seconds=0.01"]


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Measures in forks of the test's process instead of new interpreters, whose start takes most of a test."""

    def run(_: object, *, input: str, **__: object) -> subprocess.CompletedProcess[str]:
        return in_fork(measure, tmp_path, given=input)

    monkeypatch.setattr("runners.measuring.step_cost.subprocess.run", run)


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]


@pytest.mark.slow
def test_every_value_is_measured_in_an_interpreter_of_its_own(compose_cell: Compose):
    cell, _ = run_cell(compose_cell(*QUICK, "estimator=reinforce", "runner.values=[2,50000]"), overrides=[])
    assert cell.meta["status"] == "done", cell.meta["reason"]
    small, large = lines_of(cell.folder)
    assert [line["value"] for line in (small, large)] == [2, 50000]
    assert {line["outcome"] for line in (small, large)} == {"measured"}
    assert 0 < small["milliseconds"] < large["milliseconds"]
    # Logits and a code of 10 x 50,000 numbers, and a parameter, its gradient and two moments of 8 x 50,000.
    assert small["peak_mb"] < 20 < large["peak_mb"] < 100


@pytest.mark.usefixtures("forked")
def test_what_exceeds_its_memory_is_an_outcome_and_larger_values_are_not_tried(compose_cell: Compose):
    tight = ["runner.limit_gb=0.3", "runner.values=[2,2000000,3000000]", "estimator=reinforce"]
    cell, _ = run_cell(compose_cell(*QUICK, *tight), overrides=[])
    assert cell.meta["status"] == "done", cell.meta["reason"]
    first, second, third = lines_of(cell.folder)
    assert first["outcome"] == "measured"
    assert (second["outcome"], second["reason"]) == ("out of memory", "more than 0.3 GB")
    assert (third["outcome"], third["reason"]) == ("not tried", "out of memory at 2000000")


def test_what_exceeds_its_time_is_an_outcome(compose_cell: Compose):
    cell, _ = run_cell(compose_cell(*QUICK, "runner.limit_seconds=0.1", "runner.values=[2]"), overrides=[])
    assert lines_of(cell.folder)[0]["outcome"] == "too slow"


@pytest.mark.usefixtures("forked")
def test_a_value_for_which_the_method_does_not_exist_says_so_and_the_next_is_tried(compose_cell: Compose):
    overrides = ["estimator=unordered_set", "estimator.samples=3", "runner.values=[2,4]"]
    cell, _ = run_cell(compose_cell(*QUICK, *overrides), overrides=[])
    first, second = lines_of(cell.folder)
    assert first["outcome"] == "does not apply"
    assert "samples=3" in first["reason"]
    assert second["outcome"] == "measured"


def test_an_interrupted_measurement_resumes_after_what_it_has(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    config = compose_cell(*QUICK, "runner.values=[2,4,8]")
    asked: list[int] = []

    def killed_at_four(config: Any, **_: Any) -> dict[str, Any]:
        asked.append(config.task.latent.k)
        if asked == [2, 4]:
            raise Killed
        return {"outcome": "measured", "milliseconds": float(config.task.latent.k), "peak_mb": 1.0}

    as_if_killed(monkeypatch)
    monkeypatch.setattr(scaling_module, "step_cost", killed_at_four)
    with pytest.raises(Killed):
        run_cell(config, overrides=[])
    cell, _ = run_cell(config, overrides=[])
    assert asked == [2, 4, 4, 8]
    assert [line["milliseconds"] for line in lines_of(cell.folder)] == [2, 4, 8]


@pytest.mark.parametrize("second", ["", "{}", "[]", "{", '{"cell": "other", "value": 4, "outcome": "measured"}'])
def test_lines_of_another_cell_are_measured_again(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch, second: str):
    config = compose_cell(*QUICK, "runner.values=[2,4]")
    cell, asked = Cell(config), list[int]()

    def watched(config: Any, **_: Any) -> dict[str, Any]:
        asked.append(config.task.latent.k)
        return {"outcome": "measured"}

    monkeypatch.setattr(scaling_module, "step_cost", watched)
    cell.folder.mkdir(parents=True)
    first = json.dumps({"cell": cell.id, "value": 2, "outcome": "measured"})
    (cell.folder / FILE).write_text(f"{first}\n{second}\n")
    assert run_cell(config, overrides=[])[1].status == "done"
    assert asked == ([2, 4] if second in ("", "{") else [4])
    assert [line["value"] for line in lines_of(cell.folder)] == [2, 4]


@pytest.mark.parametrize("key", ["runner.batch_size", "estimator.samples"])
def test_any_number_of_the_configuration_can_grow(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch, key: str):
    seen: list[tuple[int, int]] = []

    def watched(config: Any, *, batch_size: int, **_: Any) -> dict[str, Any]:
        seen.append((config.estimator.samples, batch_size))
        return {"outcome": "measured"}

    monkeypatch.setattr(scaling_module, "step_cost", watched)
    overrides = ["estimator=rloo", f"runner.along={key}", "runner.values=[2,4]"]
    run_cell(compose_cell(*QUICK, *overrides), overrides=[])
    assert seen == ([(2, 2), (2, 4)] if key == "runner.batch_size" else [(2, 10), (4, 10)])


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("runner.along=task.latent.classes", "runner.along=task.latent.classes: the configuration has no such key"),
        ("runner.along=task", "runner.along=task: this is not an integer"),
        ("runner.values=[4,2]", "runner.values=[4, 2]: list at least one, in ascending order"),
        ("runner.limit_gb=0", "runner.limit_gb=0: a positive number is needed"),
        ("runner.batch_size=31", "runner.batch_size=31: choose 1 to 30"),
    ],
)
def test_bad_settings_are_named(compose_cell: Compose, override: str, message: str):
    _, ending = run_cell(compose_cell(*QUICK, "runner.values=[2]", override), overrides=[])
    assert ending.status == "failed"
    assert message in str(ending.reason)


@pytest.mark.usefixtures("forked")
def test_an_error_of_the_step_is_passed_on(compose_cell: Compose):
    config = compose_cell(*QUICK, "task.features=0")
    with pytest.raises(RuntimeError, match=r"task\.features=0: at least 1 is needed"):
        step_cost(config, batch_size=10, seconds=0.01, limit_gb=4, limit_seconds=60)
