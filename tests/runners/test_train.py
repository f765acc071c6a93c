from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from omegaconf import DictConfig

from estimators import Latent
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.steps.assemble import assemble
from runners.steps.scoring import Scorer
from runners.steps.training import Training
from tests.conftest import Compose
from tests.crossing import NODES, each_value, exists_for, with_estimator
from tests.runners.signals import Killed, as_if_killed
from tests.runners.tiny import FEW_CLASSES, FEW_LABELS, SMALL_SBN, TINY

SLOW = pytest.mark.slow

TASKS = {
    FEW_CLASSES: Latent("categorical", 2, 3),
    TINY: Latent("bernoulli", 4),
    ("task=embedding", "task.latent.k=3"): Latent("categorical", 1, 3),
}


def run(config: DictConfig) -> Cell:
    return run_cell(config, overrides=[])[0]


def metrics(cell: Cell) -> list[dict[str, float]]:
    return [json.loads(line) for line in (cell.folder / "metrics.jsonl").read_text().splitlines()]


FEW = ("enumeration", "nvil", "rebar", "rloo", "straight_through", "vimco")


@pytest.mark.parametrize("estimator", [pytest.param(name, marks=() if name in FEW else SLOW) for name in NODES])
def test_every_estimator_trains_a_vae(compose_cell: Compose, estimator: str):
    """On which tasks it trains is tried in tests/tasks/test_every_pair.py."""
    task = next(task for task, latent in TASKS.items() if exists_for(estimator, latent))
    meta = run(with_estimator(compose_cell(*task), estimator)).meta
    assert meta["status"] == "done", meta["reason"]
    assert meta["step"] == 20
    assert meta["scores"]["negative_bound"] < meta["scores"]["negative_elbo"] < 600


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (["estimator=disarm", "task=vae_categorical"], "DisARM exists for bernoulli latents only"),
        (["estimator=arsm", "task=vae_bernoulli"], "ARSM exists for categorical latents only"),
        (["estimator=enumeration"], "Enumeration: 2^200 codes are more than max_configurations="),
        (["estimator=sum_and_sample", "task=vae_categorical"], "SumAndSample sums over the classes of one variable"),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else "",
)
def test_a_task_that_an_estimator_does_not_exist_for_is_skipped_with_the_reason(
    compose_cell: Compose, overrides: list[str], reason: str
):
    meta = run(compose_cell(*overrides)).meta
    assert meta["status"] == "skipped"
    assert str(meta["reason"]).startswith(reason)


def test_training_lowers_the_bound(compose_cell: Compose):
    cell = run(compose_cell("runner.steps=200", "optimizer.lr=1e-2"))
    first, *_, last = metrics(cell)
    assert last["valid_negative_elbo"] < first["valid_negative_elbo"] - 20


def test_the_same_cell_twice_gives_the_same_bytes(compose_cell: Compose, tmp_path: Path):
    cells = [run(compose_cell("estimator=nvil", f"output={tmp_path / name}")) for name in "ab"]
    contents = [(cell.folder / "metrics.jsonl").read_bytes() for cell in cells]
    assert contents[0] == contents[1]
    assert cells[0].meta["scores"] == cells[1].meta["scores"]


def test_a_finished_cell_is_not_run_again(compose_cell: Compose):
    cell = run(compose_cell())
    before = {path.name: path.read_bytes() for path in cell.folder.iterdir()}
    again = run(compose_cell())
    assert {path.name: path.read_bytes() for path in again.folder.iterdir()} == before


def test_scores_have_the_same_names_on_validation_and_test_data_and_those_of_the_task(compose_cell: Compose):
    cell = run(compose_cell(*FEW_LABELS))
    scores = cell.meta["scores"]
    assert set(scores) - {"bound_samples", "valid_samples"} == {
        f"{split}{name}" for split in ("", "valid_") for name in ("negative_elbo", "negative_bound", "accuracy")
    }
    assert 0 <= scores["accuracy"] <= 1
    assert scores["valid_negative_bound"] < scores["valid_negative_elbo"]
    assert set(metrics(cell)[-1]) == {"step", "train_loss", "valid_negative_elbo", "valid_accuracy"}


def test_a_cell_that_is_not_tested_has_no_score_on_the_test_set(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    asked: set[str] = set()
    score = Scorer.score

    def watched(self: Scorer, split: Literal["valid", "test"], *arguments: Any) -> dict[str, float]:
        asked.add(split)
        return score(self, split, *arguments)

    monkeypatch.setattr(Scorer, "score", watched)
    cell, ending = run_cell(compose_cell("runner.test=false"), overrides=[])
    scores = cell.meta["scores"]
    assert cell.meta["status"] == "done"
    assert asked == {"valid"}
    assert set(scores) == {"valid_negative_elbo", "valid_negative_bound", "valid_samples"}
    assert f"valid_negative_bound {scores['valid_negative_bound']:.5g}" in str(ending)


def test_validation_and_test_have_their_own_numbers_of_samples(compose_cell: Compose):
    few, many = (run(compose_cell("runner.bound_samples=3", f"runner.valid_samples={m}")).meta for m in (1, 50))
    assert (few["scores"]["bound_samples"], few["scores"]["valid_samples"]) == (3, 1)
    assert few["scores"]["negative_bound"] == many["scores"]["negative_bound"]
    assert few["scores"]["valid_negative_bound"] == few["scores"]["valid_negative_elbo"]
    assert many["scores"]["valid_negative_bound"] < few["scores"]["valid_negative_bound"]


@pytest.mark.parametrize(
    ("task", "optimizer", "estimator"),
    each_value([TINY, SMALL_SBN, FEW_LABELS], ["adam", "sgd"], ["nvil", "gumbel_softmax"]),
)
def test_an_interrupted_cell_continues_with_the_same_bits(
    compose_cell: Compose,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    estimator: str,
    optimizer: str,
    task: tuple[str, ...],
):
    overrides = [*task, f"estimator={estimator}", f"optimizer={optimizer}", "runner.checkpoint_every=7"]
    whole = run(compose_cell(*overrides))
    config = compose_cell(*overrides, f"output={tmp_path / 'interrupted'}")

    def advance_until_killed(self: Training) -> None:
        if self.step == 16:
            raise Killed
        advance(self)

    advance = Training.advance
    with monkeypatch.context() as patch:
        as_if_killed(patch)
        patch.setattr(Training, "advance", advance_until_killed)
        with pytest.raises(Killed):
            run(config)
    assert Cell(config).meta["status"] == "running"
    resumed = run(config)
    assert (resumed.folder / "metrics.jsonl").read_bytes() == (whole.folder / "metrics.jsonl").read_bytes()
    assert resumed.meta["scores"] == whole.meta["scores"]


def test_divergence_ends_the_cell_with_its_step(compose_cell: Compose):
    meta = run(compose_cell("optimizer=sgd", "optimizer.lr=1e20")).meta
    assert meta["status"] == "diverged"
    assert 1 <= meta["step"] <= 10
    assert str(meta["step"]) in str(meta["reason"])


def test_an_error_inside_a_cell_is_recorded_with_its_traceback(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise RuntimeError("in the midst")

    monkeypatch.setattr(Training, "advance", fail)
    cell = run(compose_cell())
    assert cell.meta["status"] == "failed"
    assert cell.meta["reason"] == "RuntimeError: in the midst"
    assert "Traceback" in (cell.folder / "cell.log").read_text()


def test_a_mistake_that_a_constructor_finds_leaves_no_cell(compose_cell: Compose):
    cell, ending = run_cell(compose_cell("task.activation=sine"), overrides=[])
    assert ending.status == "failed"
    assert str(ending.reason).startswith("task.activation='sine': choose one of")
    assert not cell.folder.exists()


@pytest.mark.parametrize(
    "key", ["steps", "batch_size", "evaluate_every", "bound_samples", "valid_samples", "checkpoint_every"]
)
def test_a_count_below_one_is_refused_by_its_name(compose_cell: Compose, key: str):
    assert str(run_cell(compose_cell(f"runner.{key}=0"), overrides=[])[1].reason).startswith(f"runner.{key}=0")


def test_all_estimators_start_from_the_same_weights(compose_cell: Compose):
    weights = [
        torch.cat([p.flatten() for p in assemble(compose_cell(f"estimator={name}")).task.parameters()])
        for name in ("nvil", "gumbel_softmax")
    ]
    assert torch.equal(*weights)


def test_the_journal_can_be_tensorboard_events_too(compose_cell: Compose):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    cell = run(compose_cell("runner.tensorboard=true"))
    assert cell.meta["status"] == "done", cell.meta["reason"]
    events = EventAccumulator(str(cell.folder / "tensorboard")).Reload()
    written = {event.step: event.value for event in events.Scalars("valid_negative_elbo")}
    assert written == {line["step"]: pytest.approx(line["valid_negative_elbo"]) for line in metrics(cell)}
