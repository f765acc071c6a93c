"""Cells that are composed by their choices once are those that Hydra composes."""

from __future__ import annotations

from typing import cast

import pytest
from hydra import compose, initialize_config_module
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException

import runners
from runners.cells.identity import identity
from runners.sweeps.composition import Composition
from runners.sweeps.sweepers import register_sweepers
from tests.crossing import one_in


@pytest.fixture(scope="module")
def composition() -> Composition:
    register_sweepers()
    with initialize_config_module("conf", version_base="1.3"):
        master = compose("config", [], return_hydra_config=True)
        return Composition(cast("ConfigLoaderImpl", GlobalHydra.instance().config_loader()), master)


WORDS = [
    ["estimator=rloo", "optimizer.lr=0.01", "seed=3"],
    ["optimizer.lr=0.1", "estimator=rloo", "seed=4"],
    ["estimator=rebar", "optimizer@auxiliary_optimizer=sgd", "auxiliary_optimizer.lr=0.5"],
    ["+optimizer.weight_decay=0.1", "~optimizer.betas", "task=sbn_categorical", "data=noise"],
    ["estimator={_target_: estimators.antithetic.ARM}", "task.hidden=[20,10]"],
    ["experiment=signal_game", "runner.steps=7"],
]


@pytest.mark.parametrize("words", one_in(2, WORDS), ids=" ".join)
def test_a_cell_is_that_of_its_words(composition: Composition, words: list[str]):
    cell = composition.cell(words)
    assert cell.id == identity(runners.compose(*words))
    assert cell.overrides == tuple(words)


def test_values_of_one_cell_are_not_those_of_the_next(composition: Composition):
    first, other = (composition.cell(["estimator=rloo", *words]) for words in (["optimizer.lr=0.5"], []))
    assert (first.config.optimizer.lr, other.config.optimizer.lr) == (0.5, 0.001)


def test_cells_that_share_choices_are_composed_by_hydra_once(composition: Composition):
    before = len(composition.composed)
    seeds = [composition.cell(["estimator=vimco", "task=vae_categorical", f"seed={seed}"]) for seed in range(30)]
    assert len({cell.id for cell in seeds}) == 30
    assert len(composition.composed) == before + 1


@pytest.mark.parametrize("word", ["estimator=nosuch", "optimizer.nosuch=3", "~task.nosuch"])
def test_what_cannot_be_composed_raises_hydra_s_error(composition: Composition, word: str):
    with pytest.raises(HydraException, match="nosuch"):
        composition.config([word])
