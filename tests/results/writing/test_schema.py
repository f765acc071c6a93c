"""Every CSV file of a report is described, column by column."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from results.__main__ import main
from results.writing.columns import Column
from results.writing.frames import Data
from results.writing.schema import NAME, table_schema
from tests.results.conftest import WriteCell

KINDS = {"integer": "iuf", "number": "iuf", "boolean": "b"}


@pytest.fixture
def reported(write_cell: WriteCell, outputs: Path, without_figures: None) -> Path:
    """A grid, two problems, an accuracy, a lost seed: a folder that has every file of a comparison."""
    for task in ("vae_bernoulli", "vae_categorical"):
        for seed in range(2):
            write_cell("darn", task, seed, status="diverged" if seed else "done", valid=99.0)
            for lr in (0.1, 0.01):
                scores = {"accuracy": 0.9, "valid_accuracy": 0.9}
                write_cell("nvil", task, seed, bound=100.0 + seed, valid=lr, scores=scores, **{"optimizer.lr": lr})
    assert main([str(outputs)]) == 0
    return outputs


def test_every_file_is_in_the_package_and_every_column_is_as_described(reported: Path):
    package = json.loads((reported / NAME).read_text())
    resources = {resource["path"]: resource["schema"] for resource in package["resources"]}
    assert set(resources) == {path.name for path in reported.glob("*.csv")}
    assert len(resources) == 9
    for path, schema in resources.items():
        frame = pd.read_csv(reported / path)
        assert [field["name"] for field in schema["fields"]] == list(frame)
        for field in schema["fields"]:
            values = frame[field["name"]].dropna()
            whole = field["type"] != "integer" or (values % 1 == 0).all()
            assert values.empty or values.dtype.kind in KINDS.get(field["type"], "OTiufb"), field
            assert whole, field


def test_tables_join_by_method_setting_and_problem(reported: Path):
    by = ["task", "data", "bound_samples", "method", "setting"]
    cells, statistics, selected = (
        pd.read_csv(reported / f"{name}.csv", keep_default_na=False) for name in ("cells", "statistics", "selected")
    )
    bounds = statistics[statistics["score"] == "negative_bound"]
    assert len(bounds.merge(selected, on=by)) == len(bounds) == 4
    done = cells[cells["status"] == "done"].merge(bounds, on=by, suffixes=("", "_of"))
    means = done.astype({"negative_bound": float}).groupby(["task", "method"])["negative_bound"].mean()
    assert means["vae_bernoulli", "nvil"] == pytest.approx(100.5)


def test_a_column_that_is_not_described_is_an_error():
    with pytest.raises(ValueError, match="surprise"):
        Data(pd.DataFrame({"task": ["a"], "surprise": [1]}), {})


def test_the_ends_of_an_interval_are_described_by_what_they_are_the_ends_of():
    data = Data(pd.DataFrame({"mean_low": [1.0]}), {"mean": Column("number", "of seeds", "nats")})
    (field,) = table_schema(data)["fields"]
    assert (field["description"], field["unit"]) == ("lower end of the 95 % interval of mean", "nats")
