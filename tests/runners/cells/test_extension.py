"""A longer cell begins where a shorter one ended, and has the bits of one that ran alone from the beginning."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from estimators.catalogue import configurations
from runners.cells import checkpoint
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.cells.record import Origin
from runners.replicas.replicas import Replicas
from runners.steps.training import Training
from tests.conftest import Compose
from tests.crossing import halved
from tests.runners.tiny import FEW_CLASSES, FEW_LABELS, SMALL_SBN, TINY, three_side_by_side


def ran(compose_cell: Compose, *overrides: str) -> Cell:
    cell, ending = run_cell(compose_cell(*overrides), [])
    assert cell.meta["status"] in ("done", "skipped"), ending
    return cell


def origin(cell: Cell) -> Origin:
    """The shorter run that the cell began with."""
    found = cell.meta["extended_from"]
    assert found is not None
    return found


def bits(cell: Cell) -> tuple[bytes, bytes, dict[str, float]]:
    kept = [(cell.folder / name).read_bytes() for name in ("metrics.jsonl", "gallery.npz")]
    return kept[0], kept[1], cell.meta["scores"]


@pytest.fixture
def trained_from(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The step before each one that is made."""
    made: list[int] = []
    advance = Training.advance

    def watched(self: Training) -> None:
        made.append(self.step)
        advance(self)

    monkeypatch.setattr(Training, "advance", watched)
    return made


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
    halved([TINY, SMALL_SBN, FEW_LABELS], ["adam", "sgd"], ["nvil", "gumbel_softmax"]),
)
def test_a_longer_cell_has_the_bits_of_one_from_the_beginning(
    compose_cell: Compose, tmp_path: Path, task: tuple[str, ...], optimizer: str, estimator: str
):
    compared(compose_cell, tmp_path, *task, f"optimizer={optimizer}", f"estimator={estimator}")


@pytest.mark.parametrize(
    "estimator",
    [
        ("estimator=rebar",),
        ("estimator=relax", "optimizer@auxiliary_optimizer=sgd", "auxiliary_optimizer.lr=1e-8"),
        ("estimator=muprop", "optimizer@auxiliary_optimizer=sgd", "auxiliary_optimizer.lr=1e-5"),
        ("estimator=slope_annealed_straight_through",),
        ("estimator=gumbel_softmax", "estimator.temperature.rate=0.05", "estimator.temperature.every=3"),
    ],
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


@pytest.mark.parametrize("every", [7, 15, 1000])
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


def test_the_longest_of_several_is_taken_and_none_that_is_longer(compose_cell: Compose):
    for steps in (10, 30, 20, 60):
        ran(compose_cell, *TINY, f"runner.steps={steps}")
    assert origin(ran(compose_cell, *TINY, "runner.steps=50"))["step"] == 30


def test_a_run_that_is_scored_otherwise_is_not_trained_again(compose_cell: Compose, trained_from: list[int]):
    searched = ran(compose_cell, *TINY, "runner.test=false", "runner.valid_samples=2")
    trained_from.clear()
    tested = ran(compose_cell, *TINY, "runner.bound_samples=6")
    assert trained_from == []
    assert tested.id != searched.id
    assert origin(tested)["cell"] == searched.id
    assert tested.meta["scores"].keys() > searched.meta["scores"].keys()
    assert (tested.folder / "metrics.jsonl").read_bytes() == (searched.folder / "metrics.jsonl").read_bytes()


@pytest.mark.parametrize(
    "other",
    ["seed=1", "optimizer.lr=1e-2", "task.prior=uniform", "runner.batch_size=10", "runner.evaluate_every=5"],
)
def test_a_run_that_differs_otherwise_is_not_taken(compose_cell: Compose, other: str):
    ran(compose_cell, *TINY, other)
    assert ran(compose_cell, *TINY, "runner.steps=40").meta["extended_from"] is None


def test_a_run_that_drew_otherwise_is_not_taken(compose_cell: Compose):
    ran(compose_cell, *TINY, "threads=2")
    assert ran(compose_cell, *TINY, "runner.steps=40").meta["extended_from"] is None


def test_a_run_of_another_class_version_is_not_taken(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    ran(compose_cell, *TINY, "estimator=nvil")
    monkeypatch.setattr("estimators.score_function.NVIL.version", 99)
    assert ran(compose_cell, *TINY, "estimator=nvil", "runner.steps=40").meta["extended_from"] is None


def test_a_run_that_did_not_end_well_is_not_taken(compose_cell: Compose):
    ran(compose_cell, *TINY).record(status="interrupted")
    assert ran(compose_cell, *TINY, "runner.steps=40").meta["extended_from"] is None


def test_shorter_runs_are_found_in_the_folders_that_are_named(
    compose_cell: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shorter = ran(compose_cell, *TINY, f"output={tmp_path / 'home/search'}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    longer = ran(compose_cell, *TINY, "runner.steps=40", "runner.extend_from=['~/search',nowhere]")
    assert origin(longer)["cell"] == shorter.id
    assert longer.id == Cell(compose_cell(*TINY, "runner.steps=40")).id
    assert "runner.extend_from: there is no folder nowhere" in (longer.folder / "cell.log").read_text()


def test_folders_that_are_no_list_are_refused(compose_cell: Compose):
    _, ending = run_cell(compose_cell("runner.extend_from=outputs"), [])
    assert "runner.extend_from=outputs: a list" in str(ending)


def test_damaged_checkpoints_are_passed_over_and_left_where_they_are(compose_cell: Compose, tmp_path: Path):
    cells = {steps: ran(compose_cell, *TINY, f"runner.steps={steps}") for steps in (10, 20, 30)}
    for path in cells[30].folder.glob("checkpoint*.pt"):
        path.write_bytes(path.read_bytes()[:-100])
    (cells[20].folder / "checkpoint.pt").unlink()
    shutil.copy(cells[10].folder / "checkpoint.pt", cells[20].folder / "checkpoint.pt")
    longer = ran(compose_cell, *TINY, "runner.steps=40")
    assert longer.meta["extended_from"] == {
        "cell": cells[20].id,
        "step": 10,
        "training_seconds": pytest.approx(cells[10].meta["training_seconds"]),
    }
    assert "checkpoint.pt: the checkpoint is cut off or altered; it is not used" in log_of(longer)
    assert len(list(cells[30].folder.glob("checkpoint*.pt"))) == 2
    assert bits(longer) == bits(ran(compose_cell, *TINY, "runner.steps=40", f"output={tmp_path / 'whole'}"))


def test_a_journal_that_was_altered_is_not_taken_up(compose_cell: Compose, tmp_path: Path):
    shorter = ran(compose_cell, *TINY)
    metrics = shorter.folder / "metrics.jsonl"
    metrics.write_text(metrics.read_text().replace("valid", "void"))
    longer = ran(compose_cell, *TINY, "runner.steps=40")
    assert longer.meta["extended_from"] is None
    assert "metrics.jsonl is not as the cell wrote it up to step 20; it is not used" in log_of(longer)
    assert len(list(shorter.folder.glob("checkpoint*.pt"))) == 2
    assert bits(longer) == bits(ran(compose_cell, *TINY, "runner.steps=40", f"output={tmp_path / 'whole'}"))


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


def log_of(cell: Cell) -> str:
    return (cell.folder / "cell.log").read_text()


def test_the_checkpoint_of_another_run_is_never_taken_up(compose_cell: Compose, tmp_path: Path):
    """Neither from a record that lies, nor from the cell's own folder."""
    other = ran(compose_cell, *TINY, "seed=1")
    shorter = ran(compose_cell, *TINY)
    for path in shorter.folder.glob("checkpoint*.pt"):
        shutil.copy(other.folder / path.name, path)
    longer = Cell(compose_cell(*TINY, "runner.steps=40"))
    longer.folder.mkdir()
    shutil.copy(other.folder / "checkpoint.pt", longer.folder)
    longer = ran(compose_cell, *TINY, "runner.steps=40")
    assert longer.meta["extended_from"] is None
    assert "checkpoint.pt: the checkpoint is of another run; it is set aside" in log_of(longer)
    assert bits(longer) == bits(ran(compose_cell, *TINY, "runner.steps=40", f"output={tmp_path / 'whole'}"))


def test_an_extended_cell_that_is_interrupted_goes_on_with_the_same_bits(
    compose_cell: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = ran(compose_cell, *TINY, "runner.steps=40", f"output={tmp_path / 'whole'}")
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
    assert bits(cell) == bits(whole)


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


def test_cells_side_by_side_are_extended_side_by_side_with_the_same_bits(
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


def test_a_cell_alone_does_not_begin_with_one_of_several_side_by_side(compose_cell: Compose):
    three_side_by_side(compose_cell)
    assert ran(compose_cell, *TINY, "runner.steps=40").meta["extended_from"] is None


def test_a_checkpoint_tells_which_run_it_is_of(compose_cell: Compose):
    shorter, longer = ran(compose_cell, *TINY), ran(compose_cell, *TINY, "runner.steps=40")
    states: list[dict[str, Any]] = [checkpoint.load(cell.folder / "checkpoint.pt") for cell in (shorter, longer)]
    assert shorter.id != longer.id
    assert {state["lineage"] for state in states} == {shorter.lineage} == {longer.meta["lineage"]}
