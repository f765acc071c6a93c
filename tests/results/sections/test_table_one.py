"""Our bounds compared with the published ones: which cells are compared, and the warnings for shorter runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra

from results.__main__ import main
from results.comparison import Comparison, compare
from results.reading.collect import collect
from results.sections import table_one
from results.sections.table_one import ESTIMATORS, PUBLISHED, comparable, published_table, shortfalls
from results.writing.formats import as_markdown
from runners.sweeps.grids import cells_of_sweep
from tests.results.conftest import WriteCell

PROTOCOL: dict[str, Any] = {
    "data": "mnist-fixed",
    "runner.bound_samples": 1000,
    "optimizer._target_": "torch.optim.SGD",
    "optimizer.momentum": 0.9,
}


def compared(folder: Path) -> Comparison:
    return compare(collect(folder).cells)


def write_table(folder: Path) -> str:
    return as_markdown(published_table(comparable(compared(folder))))


def test_ours_published_and_difference_are_below_each_other(write_cell: WriteCell, outputs: Path) -> None:
    write_cell("nvil", "vae_bernoulli", bound=113.44, **PROTOCOL)
    write_cell("gumbel_softmax", "sbn_categorical", bound=58.5, **PROTOCOL)
    table = write_table(outputs)
    assert "| vae\\_bernoulli | ours | 113.44 |" in table
    assert "| vae\\_bernoulli | published | 112.2 | 110.9 |" in table
    assert "| vae\\_bernoulli | difference | +1.2 |  |" in table
    assert "| sbn\\_categorical | difference |  |  |  |  |  | -0.5 |  |" in table
    assert "vae\\_categorical" not in table


def test_every_published_line_has_a_bound_for_each_of_seven_estimators() -> None:
    assert len(ESTIMATORS) == 7
    assert {len(bounds) for bounds in PUBLISHED.values()} == {7}
    assert dict(zip(ESTIMATORS, PUBLISHED["vae_categorical"], strict=True))["gumbel_softmax"] == 101.5


@pytest.mark.parametrize(
    "other",
    [
        {"data": "mnist5k-dynamic"},
        {"runner.bound_samples": 100},
        {"task": "vae_bernoulli_small"},
        {"estimator": "rloo"},
        {"status": "diverged"},
    ],
)
def test_cells_of_another_protocol_are_not_compared(
    write_cell: WriteCell, outputs: Path, other: dict[str, Any]
) -> None:
    write_cell(**PROTOCOL | other)
    assert comparable(compared(outputs)) == []


def test_what_is_less_than_the_protocol_is_warned_of(write_cell: WriteCell, outputs: Path) -> None:
    write_cell("nvil", **PROTOCOL)
    write_cell("gumbel_softmax", **PROTOCOL)
    assert shortfalls(comparable(compared(outputs))) == [
        "WARNING: fewer steps than the 250,000 of the full protocol",
        "WARNING: 1 of 2 entries: 1 of the protocol's 6 settings tried",
        "WARNING: 1 of 2 entries: 1 of the protocol's 24 settings tried",
    ]
    write_cell("muprop", data="mnist-fixed", **{"runner.bound_samples": 1000})
    assert (
        shortfalls(comparable(compared(outputs)))[-1] == "WARNING: trained with Adam instead of SGD with momentum 0.9"
    )


def test_the_full_protocol_is_not_warned_of(
    write_cell: WriteCell, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_one, "STEPS", 20)
    for lr in (3e-5, 1e-5, 3e-4, 1e-4, 1e-3):
        folder = write_cell("nvil", **PROTOCOL, **{"optimizer.lr": lr})
        meta = json.loads((folder / "meta.json").read_text())
        meta["scores"]["valid_negative_bound"] = 100 + lr
        (folder / "meta.json").write_text(json.dumps(meta))
    write_cell("nvil", status="diverged", **PROTOCOL, **{"optimizer.lr": 3e-3})
    assert shortfalls(comparable(compared(outputs))) == []


def test_the_protocol_is_that_of_the_experiment() -> None:
    with initialize_config_module("conf", version_base="1.3"):
        config = compose("config", ["experiment=paper"], return_hydra_config=True)
        sweeper, loader = config.hydra.sweeper, GlobalHydra.instance().config_loader()
        cells = cells_of_sweep(sweeper.grids, sweeper.params, [], loader)
    assert config.runner.steps == table_one.STEPS
    assert config.runner.bound_samples == table_one.BOUND_SAMPLES
    for task in PUBLISHED:
        for estimator in ESTIMATORS:
            count = sum({f"task={task}", f"estimator={estimator}"} <= set(cell) for cell in cells)
            assert count == table_one.full_grid(estimator, task)


@pytest.mark.usefixtures("without_figures")
def test_the_file_is_written_when_there_is_a_published_bound(write_cell: WriteCell, outputs: Path) -> None:
    write_cell("nvil")
    assert main([str(outputs)]) == 0
    assert not (outputs / "published.md").exists()
    write_cell("nvil", **PROTOCOL)
    assert main([str(outputs)]) == 0
    assert "seeds per entry: 1." in (outputs / "published.md").read_text()
