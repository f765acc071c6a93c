"""Cells that several tests of figures share."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from results.comparison import Comparison, compare
from results.reading.collect import Results, collect
from tests.results.conftest import cell_writer


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four estimators near each other and one far off, two tasks, with cells that diverged and that are missing."""
    outputs = tmp_path_factory.mktemp("figures") / "outputs"
    asked = ["estimator=enumeration task=vae_bernoulli seed=0"]
    with pytest.MonkeyPatch.context() as patch:
        write = cell_writer(outputs, patch)
        for estimator, bound in {"nvil": 101, "muprop": 102, "darn": 103, "their_own": 104, "reinforce": 300}.items():
            for task in ("vae_bernoulli", "vae_categorical"):
                for seed in range(2):
                    diverged = (estimator, task, seed) == ("muprop", "vae_bernoulli", 1)
                    write(estimator, task, seed, bound + 0.1 * seed, "diverged" if diverged else "done")
                    asked.append(f"estimator={estimator} task={task} seed={seed}")
    (outputs / "sweep.json").write_text(json.dumps({"cells": [cell.split() for cell in asked]}))
    return outputs


@pytest.fixture(scope="session")
def found(written: Path) -> tuple[Results, Comparison]:
    results = collect(written)
    return results, compare(results.cells)


@pytest.fixture
def with_images(written: Path, found: tuple[Results, Comparison], tmp_path: Path) -> tuple[Results, Comparison]:
    """The same in a folder to which a test may add images."""
    results, comparison = found
    return replace(results, folder=Path(shutil.copytree(written, tmp_path / "outputs"))), comparison
