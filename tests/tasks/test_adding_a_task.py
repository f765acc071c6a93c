"""The tasks that docs/adding-a-task.md builds, as the page prints them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from runners.cells.execution import run_cell
from runners.cells.record import Record
from runners.config.third_party import take_classes_given_outright
from tests.conftest import Compose

SLOW = pytest.mark.slow
GUIDE = Path("docs/adding-a-task.md")


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the page's files on the path."""
    for name, code in re.findall(r"```python\n# (\w+)\.py\n(.*?)```", GUIDE.read_text(), re.DOTALL):
        (tmp_path / f"{name}.py").write_text(code)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)


def outcome(compose_cell: Compose, *overrides: str) -> Record:
    config = compose_cell(*overrides)
    take_classes_given_outright(config, overrides)
    cell, _ = run_cell(config, list(overrides))
    return cell.meta


@pytest.mark.parametrize(
    "estimator", ["nvil", *(pytest.param(name, marks=SLOW) for name in ("gumbel_softmax", "disarm"))]
)
def test_the_new_task_learns_to_tell_four_classes(estimator: str, compose_cell: Compose):
    task = "+task={_target_: hashing.Hashing, bits: 8}"
    meta = outcome(compose_cell, task, f"estimator={estimator}", "runner.steps=150", "optimizer.lr=0.01")
    assert meta["status"] == "done", meta["reason"]
    assert meta["names"]["task"] == "Hashing"
    assert meta["scores"]["accuracy"] > 0.5  # of four classes


def test_an_estimator_of_an_objective_that_the_new_task_does_not_have_is_skipped(compose_cell: Compose):
    meta = outcome(compose_cell, "+task={_target_: hashing.Hashing, bits: 8}", "estimator=vimco")
    assert meta["status"] == "skipped"
    assert meta["reason"] == "Hashing has no m-sample bound, the objective of VIMCO"


def test_a_reconstruction_term_of_ones_own_takes_the_place_of_the_likelihood(compose_cell: Compose):
    term = "+task.reconstruction={_target_: huber.Huber, delta: 0.2}"
    meta = outcome(compose_cell, term, "data.binarisation=none", "names.task=vae_huber")
    assert meta["status"] == "done", meta["reason"]
    assert meta["names"]["task"] == "vae_huber"
    assert meta["scores"]["negative_elbo"] < 500
