"""Which cells a union of grids has, and how overrides of the command line change them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hydra import initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException

from runners.sweeps.grids import cells_of_sweep
from tests.runners.launched import SMALL, metas, run

GRIDS = [
    {"task": "vae_bernoulli,vae_categorical", "estimator": "nvil,muprop", "optimizer.lr": "1e-3,1e-4"},
    {"task": "vae_bernoulli", "estimator": "gumbel_softmax", "estimator.temperature.rate": "1e-5,1e-4"},
    {"task": "vae_categorical", "estimator": "gumbel_softmax", "estimator.temperature": 1.0},
]

Cells = Callable[..., list[set[str]]]


@pytest.fixture
def cells() -> Iterator[Cells]:
    """The cells of ``GRIDS``, or of others, for the words of a command line."""

    def found(
        *overrides: str, grids: list[dict[str, Any]] = GRIDS, params: Mapping[str, Any] | None = None
    ) -> list[set[str]]:
        loader = GlobalHydra.instance().config_loader()
        return [set(cell) for cell in cells_of_sweep(grids, params or {}, overrides, loader)]

    with initialize_config_module("conf", version_base="1.3"):
        yield found


def values(cells: list[set[str]], key: str) -> set[str | None]:
    """Of a key in all cells; None for a cell without it."""
    return {dict(word.split("=", 1) for word in cell).get(key) for cell in cells}


def test_each_grid_is_crossed_by_itself(cells: Cells):
    found = cells()
    assert len(found) == 8 + 2 + 1
    assert {"task=vae_categorical", "estimator=gumbel_softmax", "estimator.temperature=1.0"} in found


def test_params_are_crossed_with_every_grid(cells: Cells):
    assert len(cells(params={"seed": "0,1"})) == 2 * 11
    assert values(cells(params={"seed": "0,1"}), "seed") == {"0", "1"}


def test_params_narrow_the_grids_that_an_experiment_takes_over(cells: Cells):
    params = {"estimator.temperature.rate": 1e-5, "optimizer.lr": "1e-3"}
    assert len(cells(params=params)) == 4 + 1 + 1
    assert values(cells(params=params), "optimizer.lr") == {"0.001"}
    # The other estimators do not know the param's key.
    assert values(cells("estimator=nvil", params=params), "estimator.temperature.rate") == {None}
    assert values(cells("estimator=rloo", params=params), "estimator.temperature.rate") == {None}


def test_an_override_takes_the_place_of_a_param(cells: Cells):
    params = {"seed": "0,1", "optimizer.lr": "1e-3"}
    found = cells("seed=1,2,3", "optimizer.lr=1e-4", "estimator=nvil", params=params)
    assert values(found, "seed") == {"1", "2", "3"}
    assert values(found, "optimizer.lr") == {"0.0001"}


def test_a_cell_of_two_grids_is_launched_once(cells: Cells):
    overlapping = [{"estimator": "nvil,muprop", "seed": 0}, {"seed": 0, "estimator": "muprop,darn"}]
    assert values(cells(grids=overlapping), "estimator") == {"nvil", "muprop", "darn"}
    assert len(cells(grids=overlapping)) == 3


def test_without_grids_it_is_the_cross_product_of_the_basic_sweeper(cells: Cells):
    assert len(cells("estimator=nvil,darn", "seed=range(3)", grids=[], params={"seed": "0"})) == 6


@pytest.mark.parametrize(
    ("override", "key", "left", "count"),
    [
        ("task=vae_bernoulli", "task", {"vae_bernoulli"}, 4 + 2),
        ("estimator=nvil", "estimator", {"nvil"}, 4),
        ("estimator=glob(mu*)", "estimator", {"muprop"}, 4),
        ("optimizer.lr=0.001", "optimizer.lr", {"0.001"}, 4 + 3),
        ("estimator.temperature.rate=1e-4", "estimator.temperature.rate", {"0.0001", None}, 8 + 1 + 1),
    ],
)
def test_an_override_with_values_of_the_grids_narrows_them(
    cells: Cells, override: str, key: str, left: set[str | None], count: int
):
    found = cells(override)
    assert values(found, key) == left
    assert len(found) == count


def test_overrides_narrow_together(cells: Cells):
    assert cells("task=vae_bernoulli", "estimator=muprop", "optimizer.lr=1e-4") == [
        {"task=vae_bernoulli", "estimator=muprop", "optimizer.lr=0.0001"}
    ]


def test_an_override_with_other_values_replaces_those_of_the_grids(cells: Cells):
    found = cells("optimizer.lr=0.5,0.25", "estimator=nvil,muprop")
    assert values(found, "optimizer.lr") == {"0.5", "0.25"}
    assert len(found) == 8


def test_a_value_that_only_other_estimators_have_replaces_those_of_the_chosen_one(cells: Cells):
    separate = [
        {"task": "toy", "estimator": "nvil", "optimizer.lr": "1e-3"},
        {"task": "toy", "estimator": "darn", "optimizer.lr": "1e-2"},
    ]
    words = ["optimizer.lr=1e-3", "estimator=darn"]
    assert cells(*words, grids=separate) == [{"task=toy", "estimator=darn", "optimizer.lr=0.001"}]


def test_a_setting_of_one_estimator_is_not_given_to_others(cells: Cells):
    found = cells("estimator.temperature.rate=1e-3")
    assert values([cell for cell in found if "estimator=nvil" in cell], "estimator.temperature.rate") == {None}
    assert values(found, "estimator.temperature.rate") == {"0.001", None}
    assert len(found) == 8 + 1 + 1


def test_an_estimator_that_no_grid_names_runs_the_protocol_with_its_own_settings(cells: Cells):
    found = cells("estimator=rloo")
    assert values(found, "estimator") == {"rloo"}
    assert values(found, "estimator.temperature.rate") == values(found, "estimator.temperature") == {None}
    # Two tasks with two learning rates each; the two grids without learning rates now are one.
    assert len(found) == 4 + 2


def test_a_param_that_is_null_is_none(cells: Cells):
    assert cells(params={"seed": None, "optimizer.lr": None}) == cells()


def test_a_value_of_a_grid_may_be_null(cells: Cells):
    assert cells(grids=[{"task": "vae_bernoulli", "optimizer.clip_norm": None}]) == [
        {"task=vae_bernoulli", "optimizer.clip_norm=null"}
    ]


def test_a_key_that_no_grid_has_is_for_all_cells(cells: Cells):
    found = cells("runner.steps=20", "seed=0,1,2")
    assert len(found) == 3 * 11
    assert values(found, "runner.steps") == {"20"}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("task=vae_bernoulli,toy", "task=vae_bernoulli,toy: the grids have task=vae_bernoulli,vae_categorical."),
        ("estimator=glob(zz*)", "estimator=glob(zz*): there is no such option"),
        ("seed=range(0,1000000000)", "seed=range(0,1000000000): at most 1000000 values are possible"),
        ("seed=range(0,3,0)", "seed=range(0,3,0): range() arg 3 must not be zero"),
        ("optimizer.lr=interval(0,1)", "optimizer.lr=interval(0,1): a sweep needs single values"),
    ],
)
def test_what_cannot_be_swept_is_named(cells: Cells, override: str, message: str):
    with pytest.raises(HydraException) as error:
        cells(override)
    assert str(error.value).startswith(message)


def test_a_sweep_of_too_many_cells_is_refused_before_they_are_listed(cells: Cells):
    with pytest.raises(HydraException, match=r"this sweep has \d+ cells; at most 1000000 are possible"):
        cells("seed=range(0,2000)", "optimizer.lr=range(1,2000)")


def test_overrides_that_leave_no_grid_are_an_error_that_names_the_last(cells: Cells):
    separate = [{"task": "vae_bernoulli", "estimator": "nvil"}, {"task": "vae_categorical", "estimator": "darn"}]
    with pytest.raises(HydraException, match="estimator=darn: no grid has this together with the other overrides"):
        cells("task=vae_bernoulli", "estimator=darn", grids=separate)


SWEEP = [
    "-m",
    "hydra/sweeper=grids",
    "hydra.sweeper.grids=[{estimator: 'nvil,muprop', optimizer.lr: '1e-3'},"
    "{estimator: gumbel_softmax, estimator.temperature: 1.0}]",
]


@pytest.mark.parametrize("launcher", ["basic", pytest.param("joblib", marks=pytest.mark.slow)])
def test_a_union_of_grids_runs_from_the_command_line_and_is_not_run_twice(tmp_path: Path, launcher: str):
    sweep = [*SWEEP, *SMALL, f"output={tmp_path}", f"hydra/launcher={launcher}"]
    first = run(*sweep)
    assert first.returncode == 0, first.stderr
    assert sorted(meta["names"]["estimator"] for meta in metas(tmp_path).values()) == [
        "gumbel_softmax",
        "muprop",
        "nvil",
    ]
    asked = json.loads((tmp_path / "sweep.json").read_text())["cells"]
    assert sorted(map(sorted, asked)) == sorted(sorted(meta["overrides"]) for meta in metas(tmp_path).values())
    assert run(*sweep).stdout.count("(finished before)") == 3


def test_an_override_that_leaves_nothing_ends_the_command_with_one_line(tmp_path: Path):
    ended = run(*SWEEP, *SMALL, "estimator=nvil,rloo", f"output={tmp_path}")
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: estimator=nvil,rloo: the grids have estimator=nvil,muprop,gumbel_soft")
    assert len(ended.stderr.splitlines()) == 1
