from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from hydra.core.hydra_config import HydraConfig
from omegaconf import open_dict

from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.cells.identity import identity
from runners.cells.keys import NOT_IDENTIFYING, WITHOUT_EFFECT
from tasks.vae import VAE
from tests.conftest import Compose
from tests.runners.tiny import TINY


def test_identity_is_the_same_for_any_order_of_overrides(compose_cell: Compose):
    one = compose_cell("estimator=nvil", "seed=3", "optimizer.lr=1e-4")
    other = compose_cell("optimizer.lr=0.0001", "seed=3", "estimator=nvil")
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    ("overrides", "known"),
    [
        (["estimator=nvil", "task=vae_bernoulli", "seed=3"], "1016d0c96b41"),
        (["estimator=gumbel_softmax", "task=sbn_categorical", "data=mnist", "optimizer=sgd"], "f564275036a8"),
        (["estimator=rebar", "task=semi_supervised", "data=mnist_few_labels", "optimizer.lr=3e-4"], "86ee821d3f1a"),
    ],
)
def test_known_configurations_have_known_ids(overrides: list[str], known: str, tmp_path: Path):
    """These change only when a configuration file or a version changes: then finished cells are run again."""
    for order in (overrides, overrides[::-1]):
        with initialize_config_module("conf", version_base="1.3"):
            config = compose(
                "config", [*order, f"output={tmp_path}", "device=cpu", "threads=4"], return_hydra_config=True
            )
        HydraConfig.instance().set_config(config)
        with open_dict(config):
            del config["hydra"]
        assert identity(config) == known


def test_identity_ignores_whether_an_integer_is_written_as_a_float(compose_cell: Compose):
    one, other = (compose_cell(f"estimator.temperature={value}") for value in ("1", "1.0"))
    assert identity(one) == identity(other)


def test_an_option_with_its_class_s_default_is_as_if_it_were_not_there(compose_cell: Compose):
    config = compose_cell("estimator=rloo", "estimator.samples=2")
    shorter = compose_cell("estimator={_target_: estimators.score_function.RLOO}")
    shorter.estimator, shorter.names = {"_target_": "estimators.score_function.RLOO"}, config.names
    assert identity(config) == identity(shorter)
    config.estimator.samples = 3
    assert identity(config) != identity(shorter)


def test_an_option_of_an_optimizer_that_is_null_is_as_if_it_were_not_there(compose_cell: Compose):
    assert identity(compose_cell()) == identity(compose_cell("+optimizer.maximize=null"))
    assert identity(compose_cell()) != identity(compose_cell("+optimizer.maximize=true"))


@pytest.mark.parametrize(
    "override",
    [
        "names.task=other",
        "output=elsewhere",
        "runner.checkpoint_every=7",
        "runner.tensorboard=true",
        "runner.extend_from=[elsewhere]",
        "runner.timeout=10",
        "runner.retry=true",
        "runner.attempts=1",
        "runner.isolate=true",
        "device=cuda",
        "threads=2",
        "runner.vectorize=true",
        "runner.replicas=3",
        "runner.cuda_graph=true",
    ],
)
def test_identity_leaves_out_what_cannot_change_the_distribution_of_the_numbers(compose_cell: Compose, override: str):
    assert identity(compose_cell()) == identity(compose_cell(override))
    assert override.partition("=")[0].removesuffix(".task") in NOT_IDENTIFYING


@pytest.mark.parametrize(
    "overrides",
    [
        ["runner.checkpoint_every=3", "runner.attempts=1", "runner.timeout=1000"],
        pytest.param(["runner.isolate=true"], marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_what_is_without_effect_leaves_the_bits_alone(compose_cell: Compose, tmp_path: Path, overrides: list[str]):
    assert {override.partition("=")[0] for override in overrides} <= set(WITHOUT_EFFECT)
    small = ("estimator=nvil", "task.latent.n=4")
    one, _ = run_cell(compose_cell(*small), [])
    other, _ = run_cell(compose_cell(*small, *overrides, f"output={tmp_path / 'other'}"), [])
    assert (one.folder / "metrics.jsonl").read_bytes() == (other.folder / "metrics.jsonl").read_bytes()
    assert one.meta["scores"] == other.meta["scores"]


TWO_STEPS = (*TINY, "runner.steps=2", "runner.evaluate_every=1")
"""Two threads wait for each other at every operation, on a busy machine for long."""


def test_the_record_has_what_determines_its_draws(compose_cell: Compose):
    meta = run_cell(compose_cell(*TWO_STEPS, "threads=2", "runner.cuda_graph=true"), [])[0].meta
    assert meta["draws"] == [{"device": "cpu", "threads": 2, "replicas": 1, "cuda_graph": False}]


def test_the_record_has_both_when_a_cell_resumes_with_other_draws(
    compose_cell: Compose, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr("runners.steps.training.Training.evaluate", lambda *_: signal.raise_signal(signal.SIGTERM))
        with pytest.raises(SystemExit):
            run_cell(compose_cell(*TWO_STEPS), [])
    cell, _ = run_cell(compose_cell(*TWO_STEPS, "threads=2"), [])
    assert [draws["threads"] for draws in cell.meta["draws"]] == [1, 2]


def test_the_record_has_the_versions_of_the_classes(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("estimators.score_function.NVIL.version", 99)
    cell = Cell(compose_cell("estimator=nvil"))
    cell.open({})
    assert cell.meta["class_versions"] == {"estimator": 99, "task": VAE.version}


def test_the_record_has_the_options_that_are_left_at_their_default(compose_cell: Compose):
    cell = Cell(compose_cell("task.prior=uniform"))
    cell.open({})
    assert "task.layers" in cell.meta["defaults"]
    assert "task.prior" not in cell.meta["defaults"]


@pytest.mark.parametrize("override", ["runner.steps=9", "runner.test=false", "runner.bound_samples=9", "threads=2"])
def test_cells_of_one_lineage_differ_only_in_length_scores_and_draws(compose_cell: Compose, override: str):
    assert Cell(compose_cell()).lineage == Cell(compose_cell(override)).lineage


@pytest.mark.parametrize("override", ["seed=1", "runner.evaluate_every=9", "runner.batch_size=9", "optimizer.lr=0.5"])
def test_cells_that_are_trained_otherwise_have_another_lineage(compose_cell: Compose, override: str):
    assert Cell(compose_cell()).lineage != Cell(compose_cell(override)).lineage


@pytest.mark.parametrize(
    "override",
    [
        "seed=1",
        "estimator=nvil",
        "task.prior=uniform",
        "optimizer=sgd",
        "runner.steps=21",
        "runner.test=false",
        "runner.valid_samples=9",
        "data.binarisation=threshold",
    ],
)
def test_identity_changes_with_what_can_change_the_numbers(compose_cell: Compose, override: str):
    assert identity(compose_cell()) != identity(compose_cell(override))


def test_identity_changes_with_the_version_of_the_estimator(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    before = identity(compose_cell("estimator=nvil"))
    monkeypatch.setattr("estimators.score_function.NVIL.version", 99)
    assert identity(compose_cell("estimator=nvil")) != before


@pytest.mark.parametrize("name", [".hidden", "--help", "é" * 400])
def test_a_folder_is_neither_hidden_nor_an_option_nor_too_long_for_a_file_system(compose_cell: Compose, name: str):
    config = compose_cell()
    config.names.estimator = name
    folder = Cell(config).folder
    assert folder.name[0] not in ".-"
    folder.mkdir(parents=True)


def test_a_folder_name_has_no_characters_that_a_shell_or_a_path_would_read(compose_cell: Compose):
    config = compose_cell()
    config.names.estimator = "../x; rm -rf $HOME"
    folder = Cell(config).folder
    assert folder.parent.name == "outputs"
    assert not set(folder.name) & set("/; $")


def test_a_record_keeps_earlier_entries(compose_cell: Compose):
    cell = Cell(compose_cell(), ["seed=0"])
    cell.open({"threads": 1})
    cell.close("done", step=20)
    assert cell.meta["overrides"] == ["seed=0"]
    assert cell.meta["status"] == "done"
    assert cell.finished
