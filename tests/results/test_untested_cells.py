"""Cells that were scored on validation data only, as those of a search are."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from results.__main__ import main
from results.comparison import compare
from results.reading.collect import collect
from results.sections.comparison_table import comparison_table
from results.status import status
from results.writing.tables import Marked
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
    assert not (search / "figures" / "bounds.png").exists(), "it would show nothing"


def test_methods_are_compared_and_ranked_by_validation_which_the_table_says(search: Path, write_cell: WriteCell):
    for seed in (0, 1):
        untested(write_cell("darn", seed=seed), 108.0 + seed)
        untested(write_cell("arm", seed=seed), 130.0)
    table = comparison_table(compare(collect(search).cells))
    assert table.headings[1] == ("vae_bernoulli", "mnist5k-dynamic", "validation bound")
    assert table.description.startswith(
        "Scores on the validation set in nats, lower is better, since no cell has a test"
    )
    assert [row[:2] for row in table.rows] == [
        ["darn", ("108.50", "± 0.71", 108.5, True)],
        ["nvil", ("110.00", "± 0.00", 110.0, False)],
        ["arm", ("130.00", "± 0.00", 130.0, False)],
    ]


def test_different_validation_scores_are_not_set_against_each_other(search: Path, write_cell: WriteCell):
    untested(folder := write_cell("darn"), 100.0)
    meta = json.loads((folder / "meta.json").read_text())
    del meta["scores"]["valid_negative_bound"]
    (folder / "meta.json").write_text(json.dumps(meta))
    table = comparison_table(compare(collect(search).cells))
    assert table.headings[1][-1] == "validation score"
    assert not any(row[1].best for row in table.rows if isinstance(row[1], Marked))


def test_they_are_done(search: Path):
    assert "4/4 done" in status(collect(search))


@pytest.mark.usefixtures("without_figures")
def test_they_can_lie_beside_cells_that_were_tested(search: Path, write_cell: WriteCell):
    for seed in (0, 1):
        write_cell(seed=seed, estimator="darn", bound=100.0 + seed)
    assert main([str(search)]) == 0
    assert "100.50" in (search / "table.md").read_text()
