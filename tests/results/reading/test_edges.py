"""Chosen values at the edge of their grid."""

from __future__ import annotations

from pathlib import Path

from results.comparison import compare
from results.reading.collect import collect
from results.reading.edges import at_edges
from tests.results.conftest import WriteCell


def edges(outputs: Path) -> list[str]:
    return at_edges(compare(collect(outputs).cells).choices)


def search(write_cell: WriteCell, rates: dict[float, float], estimator: str = "nvil", **settings: object) -> None:
    """A cell for each rate, with its validation score."""
    for rate, valid in rates.items():
        write_cell(estimator, valid=valid, **{"optimizer.lr": rate}, **settings)


def test_a_value_at_the_edge_is_named_with_its_key_its_direction_and_the_methods_that_have_it(
    write_cell: WriteCell, outputs: Path
):
    for estimator in ("nvil", "muprop"):
        search(write_cell, {0.001: 110.0, 0.01: 105.0, 0.1: 100.0}, estimator)
    search(write_cell, {0.001: 100.0, 0.01: 105.0, 0.1: 110.0}, "darn")
    place = "on vae_bernoulli (mnist5k-dynamic), the chosen optimizer.lr"
    assert edges(outputs) == [
        f"{place}=0.001 is the smallest of its grid, and a smaller one may be better: darn",
        f"{place}=0.1 is the largest of its grid, and a larger one may be better: muprop, nvil",
    ]


def test_a_value_within_its_grid_is_not_named_also_where_those_beyond_it_diverged(write_cell: WriteCell, outputs: Path):
    search(write_cell, {0.001: 110.0, 0.01: 100.0})
    write_cell("nvil", status="diverged", **{"optimizer.lr": 0.1})
    assert edges(outputs) == []


def test_the_rates_of_another_optimizer_are_another_grid(write_cell: WriteCell, outputs: Path):
    search(write_cell, {0.001: 110.0, 0.01: 100.0})
    search(write_cell, {0.1: 120.0, 1.0: 130.0}, **{"optimizer._target_": "torch.optim.SGD"})
    (note,) = edges(outputs)
    assert "optimizer.lr=0.01 is the largest" in note
