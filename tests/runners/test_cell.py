from __future__ import annotations

import pytest

from runners.cell import Cell, identity
from tests.conftest import Compose


def test_identity_is_the_same_for_any_order_of_overrides(compose_cell: Compose):
    one = compose_cell("estimator=nvil", "seed=3", "optimizer.lr=1e-4")
    other = compose_cell("optimizer.lr=0.0001", "seed=3", "estimator=nvil")
    assert identity(one) == identity(other)


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
