"""Cells that took hours keep their ids, or they would be run again and stand in no table beside new ones.

What fails here is a change of a configuration file, a default or a ``version`` that was not meant; one that was meant
is pinned anew, and its cells run again.
"""

from __future__ import annotations

import functools
from typing import cast

import pytest
from hydra import compose, initialize_config_module
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.global_hydra import GlobalHydra

import runners
from runners.cells.identity import digest, identity
from runners.sweeps.composition import Composition
from runners.sweeps.grids import cells_of_sweep
from runners.sweeps.sweepers import register_sweepers
from tests.crossing import one_in

SEARCH = "experiment=reference_search"

FIRST = {
    "reinforce": "54e620204ec1",
    "rloo": "b6966e8adeb2",
    "vimco": "ed474d3da8f1",
    "muprop": "34cb26cbcd9a",
    "straight_through": "a10d017301e9",
    "darn": "9fa6543d4f3f",
    "slope_annealed_straight_through": "f2f2c4234be0",
    "arm": "33d05a199780",
    "disarm": "5f8ff029c4f3",
    "arms": "97f24f2f25ba",
    "spike_and_exponential": "bc455c0b4c3f",
    "disarm_sb": "c39d137a3cc1",
    "gumbel_softmax": "5bf47624563c",
    "st_gumbel_softmax": "849e23240c33",
    "gumbel_rao": "d9d99c8e1bc3",
    "gapped_straight_through": "aca762d3a634",
    "decoupled_st_gumbel_softmax": "a8e35029a51a",
    "reinmax": "bd9e4c1dfe49",
    "nvil": "0f4864b80e67",
    "rebar": "bc9d3318874a",
    "relax": "e777d1db6ac6",
    "double_cv": "53d8c49bc453",
    "rodeo": "2554201563f3",
    "reinforce_ema": "5fcf8d00ad86",
    "mean_field": "7961b15d2c64",
    "argmax_straight_through": "59ee5cc55a95",
    "bit_flip": "cdcd91fe3c49",
    "ugc": "b87088dc5ed7",
    "hard_concrete": "bfcf10e9dcec",
    "carms": "d4e14c6d76e0",
    "resample_one": "385f32ade9e7",
    "redge": "bb31a51162d7",
    "mve": "9ba5e583eb23",
    "reweighted_wake_sleep": "f9a9ce5096a2",
    "daps": "859b2afeeab8",
}
"""The id of each estimator's first cell in the search."""

ASKED = "9a8985f572c3"
"""Digest of the overrides of all its cells."""

ALL = "43cb7f528a7b"
"""Digest of the ids of all its cells, in order."""


@functools.cache
def sweep() -> tuple[Composition, dict[str, list[list[str]]]]:
    """The search's cells as a sweep composes them, and their overrides by estimator."""
    register_sweepers()
    with initialize_config_module("conf", version_base="1.3"):
        master = compose("config", [SEARCH], return_hydra_config=True)
        loader = GlobalHydra.instance().config_loader()
    sweeper = master.hydra.sweeper
    by_estimator: dict[str, list[list[str]]] = {}
    for cell in cells_of_sweep(sweeper.grids, sweeper.params, [], loader):
        (estimator,) = (word.partition("=")[2] for word in cell if word.startswith("estimator="))
        by_estimator.setdefault(estimator, []).append(cell)
    return Composition(cast("ConfigLoaderImpl", loader), master), by_estimator


def id_of(words: list[str]) -> str:
    composition, _ = sweep()
    return composition.cell([SEARCH, *words]).id


def test_every_estimator_of_the_search_is_pinned():
    _, cells = sweep()
    assert cells.keys() == FIRST.keys()


@pytest.mark.parametrize("estimator", one_in(4, FIRST))
def test_the_first_cell_of_an_estimator_has_its_id(estimator: str):
    _, cells = sweep()
    assert id_of(cells[estimator][0]) == FIRST[estimator]


def test_a_cell_has_the_same_id_composed_by_itself():
    _, cells = sweep()
    words = cells["gumbel_rao"][-1]
    assert id_of(words) == identity(runners.compose(SEARCH, *words))


def test_the_cells_of_the_search_have_the_settings_that_they_had():
    """With the ids of first cells this determines those of all, which the slow test computes."""
    _, cells = sweep()
    assert digest(sorted(sorted(words) for each in cells.values() for words in each)) == ASKED


@pytest.mark.slow
def test_all_cells_have_their_ids():
    _, cells = sweep()
    assert digest(sorted(id_of(words) for each in cells.values() for words in each)) == ALL
