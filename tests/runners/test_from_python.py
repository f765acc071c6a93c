"""Cells composed and run in a program."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

import runners
from runners.cells.identity import identity
from tests.runners.launched import run

SMALL = ("data._target_=tests.conftest.stripes", "task.latent.n=5", "runner.batch_size=20", "runner.evaluate_every=5")


def test_the_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (code,) = re.findall(r"```python\n(.*?)```", Path("docs/from-python.md").read_text(), re.DOTALL)
    code = code.replace('"task=vae_bernoulli"', '"task=vae_bernoulli", "data._target_=tests.conftest.stripes"')
    code = code.replace("runner.steps=200", "runner.steps=20").replace("evaluate_every=100", "evaluate_every=10")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)
    assert [record["status"] for record in names["records"]] == ["done"] * 4
    assert names["scores"].shape == (2, 2)
    assert names["scores"].notna().all(axis=None)


def test_a_composed_cell_is_the_one_of_the_command_line(tmp_path: Path):
    words = [*SMALL, "estimator=rloo", "runner.steps=5", f"output={tmp_path}"]
    (record,) = runners.run_cells([runners.compose(*words)])
    ended = run(*words)
    assert "(finished before)" in ended.stdout
    assert record["cell"] in ended.stdout


def test_a_finished_cell_is_not_run_again(tmp_path: Path):
    cell = runners.compose(*SMALL, "runner.steps=5", f"output={tmp_path}")
    first, second = runners.run_cells([cell, cell])
    assert first["status"] == "done"
    assert second == first


def test_an_error_inside_a_cell_is_its_record(tmp_path: Path):
    cell = runners.compose(*SMALL, "runner.steps=5", "runner.batch_size=100000", f"output={tmp_path}")
    (record,) = runners.run_cells([cell])
    assert record["status"] == "failed"
    assert "runner.batch_size=100000: choose 1 to 240" in str(record["reason"])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("estimator=nope", "estimator=nope: there is no such option. Valid: argmax_straight_through, arm, "),
        ("nokey=1", "nokey: there is no such key. Valid: "),
        ("optimizer.lr=fast", "optimizer.lr=fast: a finite number is needed"),
    ],
)
def test_a_mistake_has_the_message_of_the_command_line(override: str, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        runners.compose(override)


@pytest.mark.parametrize("override", [5, None, ["estimator=rloo"], {"estimator": "rloo"}])
def test_an_override_is_text(override: Any):
    with pytest.raises(TypeError, match="overrides: texts such as 'estimator=rebar' are needed, not "):
        runners.compose("seed=1", override)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (OmegaConf.create({"output": "somewhere"}), ", not one alone"),
        ("estimator=rloo", ", not estimator=rloo"),
        (None, ", not null"),
        (["estimator=rloo"], "; one of its entries is estimator=rloo"),
        ([OmegaConf.create({"output": "somewhere"}), OmegaConf.create({"a": 1})], "; one of its entries is {'a': 1}"),
    ],
)
def test_cells_are_a_list_of_configurations(cells: Any, message: str):
    needed = "cells: a list of configurations from runners.compose is needed"
    with pytest.raises(TypeError, match=re.escape(needed + message)):
        runners.run_cells(cells)


def test_a_class_of_ones_own_is_an_estimator():
    cell = runners.compose("estimator={_target_: estimators.RLOO}")
    assert cell.names.estimator == "RLOO"
    assert identity(cell) != identity(runners.compose("estimator=nvil"))


def test_importing_the_package_loads_no_models():
    program = "import sys, runners; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "hydra"} & set(loaded)
