"""A longer cell begins where a shorter one ended, and has the bits of one that ran alone from the beginning."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from estimators.catalogue import configurations
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.replicas.replicas import Replicas
from runners.steps.training import Training
from tests.conftest import Compose
from tests.crossing import each_value, one_in
from tests.runners.extended import bits, origin, ran
from tests.runners.tiny import FEW_CLASSES, FEW_LABELS, SMALL_SBN, TINY, three_side_by_side


def compared(compose_cell: Compose, tmp_path: Path, *overrides: str, short: int = 20) -> None:
    """Runs a cell of 40 steps from the beginning, and after one of ``short`` steps."""
    whole = ran(compose_cell, *overrides, "runner.steps=40")
    elsewhere = f"output={tmp_path / 'elsewhere'}"
    shorter = ran(compose_cell, *overrides, elsewhere, f"runner.steps={short}")
    longer = ran(compose_cell, *overrides, elsewhere, "runner.steps=40")
    if whole.meta["status"] == "skipped":
        pytest.skip(str(whole.meta["reason"]))
    assert origin(longer)["cell"] == shorter.id
    assert bits(longer) == bits(whole)


@pytest.mark.parametrize(
    ("task", "optimizer", "estimator"),
    each_value([TINY, SMALL_SBN, FEW_LABELS], ["adam", "sgd"], ["nvil", "gumbel_softmax"]),
)
def test_a_longer_cell_has_the_bits_of_one_from_the_beginning(
    compose_cell: Compose, tmp_path: Path, task: tuple[str, ...], optimizer: str, estimator: str
):
    compared(compose_cell, tmp_path, *task, f"optimizer={optimizer}", f"estimator={estimator}")


@pytest.mark.parametrize(
    "estimator",
    one_in(
        4,
        [
            ("estimator=rebar",),
            ("estimator=relax", "optimizer@auxiliary_optimizer=sgd", "auxiliary_optimizer.lr=1e-8"),
            ("estimator=muprop", "optimizer@auxiliary_optimizer=sgd", "auxiliary_optimizer.lr=1e-5"),
            ("estimator=slope_annealed_straight_through",),
            ("estimator=gumbel_softmax", "estimator.temperature.rate=0.05", "estimator.temperature.every=3"),
        ],
    ),
    ids=lambda words: words[0],
)
def test_own_parameters_statistics_and_schedules_continue_too(
    compose_cell: Compose, tmp_path: Path, estimator: tuple[str, ...]
):
    compared(compose_cell, tmp_path, *TINY, *estimator)


@pytest.mark.slow
@pytest.mark.parametrize("task", [TINY, FEW_CLASSES], ids=lambda task: task[0])
@pytest.mark.parametrize("estimator", configurations())
def test_no_estimator_depends_on_how_long_it_is_trained(
    compose_cell: Compose, tmp_path: Path, estimator: str, task: tuple[str, ...]
):
    compared(compose_cell, tmp_path, *task, f"estimator={estimator}")


@pytest.mark.parametrize("every", one_in(3, [7, 15, 1000]))
def test_a_score_that_only_the_shorter_one_has_leaves_no_trace(compose_cell: Compose, tmp_path: Path, every: int):
    compared(compose_cell, tmp_path, *TINY, "estimator=nvil", f"runner.evaluate_every={every}", short=25)


def test_only_the_steps_that_are_missing_are_made_and_all_are_counted(compose_cell: Compose, trained_from: list[int]):
    shorter = ran(compose_cell, *TINY)
    trained_from.clear()
    longer = ran(compose_cell, *TINY, "runner.steps=40")
    assert trained_from == list(range(20, 40))
    origin = {"cell": shorter.id, "step": 20, "training_seconds": shorter.meta["training_seconds"]}
    assert longer.meta["extended_from"] == origin
    assert longer.meta["step"] == 40
    assert longer.meta["training_seconds"] > shorter.meta["training_seconds"]
    assert longer.meta["steps_per_second"] == 40 / longer.meta["training_seconds"]
    timed = [json.loads(line)["step"] for line in (longer.folder / "timings.jsonl").read_text().splitlines()]
    assert timed == [10, 20, 30, 40]
    assert shorter.meta["extended_from"] is None


def test_images_of_a_trained_cell_that_has_none_are_made_without_training(
    compose_cell: Compose, tmp_path: Path, trained_from: list[int]
):
    old = ran(compose_cell, *TINY)
    expected = bits(old)
    (old.folder / "gallery.npz").unlink()
    trained_from.clear()
    elsewhere = [f"output={tmp_path / 'elsewhere'}", f"runner.extend_from=[{old.folder.parent}]"]
    assert bits(ran(compose_cell, *TINY, *elsewhere)) == expected
    assert trained_from == []


def test_an_extended_cell_that_is_interrupted_resumes_with_the_same_bits(
    compose_cell: Compose, whole: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch
):
    shorter = ran(compose_cell, *TINY)
    longer = compose_cell(*TINY, "runner.steps=40")
    advance = Training.advance

    def interrupted(self: Training) -> None:
        advance(self)
        if self.step == 27:
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Training, "advance", interrupted)
        with pytest.raises(SystemExit):
            run_cell(longer, [])
    shutil.rmtree(shorter.folder)
    cell, _ = run_cell(longer, [])
    assert origin(cell)["cell"] == shorter.id
    assert bits(cell) == bits(whole(*TINY, "runner.steps=40"))


@pytest.mark.slow
def test_every_length_of_a_chain_of_extensions_has_its_own_bits(compose_cell: Compose, tmp_path: Path):
    for steps in (15, 30, 45):
        extended = ran(compose_cell, *TINY, "estimator=nvil", f"runner.steps={steps}")
        whole = ran(compose_cell, *TINY, "estimator=nvil", f"runner.steps={steps}", f"output={tmp_path / str(steps)}")
        assert bits(extended) == bits(whole)


def test_the_events_of_a_longer_cell_are_those_of_all_its_steps(compose_cell: Compose):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    ran(compose_cell, *TINY)
    longer = ran(compose_cell, *TINY, "runner.steps=40", "runner.tensorboard=true")
    events = EventAccumulator(str(longer.folder / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("valid_negative_elbo")] == [10, 20, 30, 40]


def test_replicas_are_extended_as_replicas_with_the_same_bits(
    compose_cell: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = three_side_by_side(compose_cell, "runner.steps=40", f"output={tmp_path / 'whole'}")
    shorter = three_side_by_side(compose_cell)
    made: list[int] = []
    advance = Replicas.advance

    def watched(self: Replicas) -> None:
        made.append(self.step)
        advance(self)

    monkeypatch.setattr(Replicas, "advance", watched)
    longer = three_side_by_side(compose_cell, "runner.steps=40")
    assert made == list(range(20, 40))
    assert [origin(cell)["cell"] for cell in longer] == [cell.id for cell in shorter]
    assert list(map(bits, longer)) == list(map(bits, whole))
