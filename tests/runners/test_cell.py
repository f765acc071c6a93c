from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from hydra.core.hydra_config import HydraConfig
from omegaconf import open_dict

from runners.cell import Cell, identity
from tests.conftest import Compose


def test_identity_is_the_same_for_any_order_of_overrides(compose_cell: Compose):
    one = compose_cell("estimator=nvil", "seed=3", "optimizer.lr=1e-4")
    other = compose_cell("optimizer.lr=0.0001", "seed=3", "estimator=nvil")
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    ("overrides", "known"),
    [
        (["estimator=nvil", "task=vae_bernoulli", "seed=3"], "e2191f865d93"),
        (["estimator=gumbel_softmax", "task=sbn_categorical", "data=mnist", "optimizer=sgd"], "247280c77b00"),
        (["estimator=rebar", "task=semi_supervised", "data=mnist_few_labels", "optimizer.lr=3e-4"], "fdc1644189bb"),
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


def test_identity_ignores_whether_a_whole_number_is_written_as_a_float(compose_cell: Compose):
    one, other = (compose_cell(f"estimator.temperature={value}") for value in ("1", "1.0"))
    assert identity(one) == identity(other)


@pytest.mark.parametrize("override", ["output=elsewhere", "threads=2", "device=cuda", "runner.checkpoint_every=7"])
def test_identity_leaves_out_what_cannot_change_the_numbers(compose_cell: Compose, override: str):
    assert identity(compose_cell()) == identity(compose_cell(override))


@pytest.mark.parametrize(
    "override",
    [
        "seed=1",
        "estimator=nvil",
        "task.prior=uniform",
        "optimizer=sgd",
        "runner.steps=21",
        "data.binarisation=threshold",
    ],
)
def test_identity_changes_with_what_can_change_the_numbers(compose_cell: Compose, override: str):
    assert identity(compose_cell()) != identity(compose_cell(override))


def test_identity_changes_with_the_version_of_the_estimator(compose_cell: Compose, monkeypatch: pytest.MonkeyPatch):
    before = identity(compose_cell("estimator=nvil"))
    monkeypatch.setattr("estimators.score_function.NVIL.version", 99)
    assert identity(compose_cell("estimator=nvil")) != before


def test_a_folder_name_has_no_characters_that_a_shell_or_a_path_would_read(compose_cell: Compose):
    config = compose_cell()
    config.names.estimator = "../x; rm -rf $HOME"
    folder = Cell(config).folder
    assert folder.parent.name == "outputs"
    assert not set(folder.name) & set("/; $")


def test_a_record_keeps_earlier_entries(compose_cell: Compose):
    cell = Cell(compose_cell())
    cell.open(["seed=0"], {"threads": 1})
    cell.close("done", step=20)
    assert cell.meta["overrides"] == ["seed=0"]
    assert cell.meta["status"] == "done"
    assert cell.finished
