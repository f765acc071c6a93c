"""Cells that were scored on validation data only, as those of a search are."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from results.__main__ import main
from results.reading.collect import collect
from results.status import status
from tests.results.conftest import WriteCell


def untested(folder: Path, validation: float) -> None:
    """Takes the scores on the test set from a cell's record."""
    path = folder / "meta.json"
    meta = json.loads(path.read_text())
    meta["scores"] = {
        "valid_negative_elbo": validation + 5,
        "valid_negative_bound": validation,
        "valid_samples": 100,
    }
    path.write_text(json.dumps(meta))


@pytest.fixture
def search(outputs: Path, write_cell: WriteCell) -> Path:
    for seed in (0, 1):
        for lr, validation in ((1e-3, 120.0), (1e-2, 110.0)):
            untested(write_cell(seed=seed, **{"optimizer.lr": lr, "runner.test": False}), validation)
    return outputs


def test_a_setting_is_chosen_by_validation_and_has_no_test_score(search: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(search)]) == 0
    assert "no test score" in capsys.readouterr().out
    assert "no test score" in (search / "selected.md").read_text()
    chosen = pd.read_csv(search / "selected.csv")
    assert list(chosen["setting"]) == ["lr=0.01"]
    assert list(chosen["validation"]) == [110.0]
    assert chosen["mean"].isna().all()
    table = (search / "table.md").read_text()
    assert "nan" not in table
    assert "no cell has one" in table
    assert not (search / "figures" / "bounds.png").exists(), "it would show nothing"


def test_they_are_done(search: Path):
    assert "4/4 done" in status(collect(search))


@pytest.mark.usefixtures("without_figures")
def test_they_can_lie_beside_cells_that_were_tested(search: Path, write_cell: WriteCell):
    for seed in (0, 1):
        write_cell(seed=seed, estimator="darn", bound=100.0 + seed)
    assert main([str(search)]) == 0
    assert "100.50" in (search / "table.md").read_text()
