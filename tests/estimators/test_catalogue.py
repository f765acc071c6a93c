"""Estimators by name, and what importing the package brings along."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import torch

import estimators
from estimators import Latent, NotApplicable
from estimators.catalogue import UnknownTarget
from estimators.other_names import OTHER_NAMES
from tests.crossing import NODES


def test_importing_the_package_loads_neither_hydra_nor_yaml_nor_the_compiler():
    program = "import sys, estimators; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "torch" in loaded
    assert not {"hydra", "omegaconf", "yaml", "antlr4", "torch._dynamo", "torch._inductor"} & set(loaded)


def test_every_class_is_a_name_of_the_package():
    names = {node._target_.rpartition(".")[2] for node in NODES.values()}
    assert names - set(estimators.__all__) == set()
    assert all(isinstance(getattr(estimators, name), type) for name in names)


def test_an_estimator_is_made_by_its_name_with_the_configured_settings():
    estimator = estimators.make("rebar", family="categorical", n=20, k=10, context_size=784)
    assert isinstance(estimator, estimators.REBAR)
    assert estimator.latent == Latent("categorical", 20, 10)
    assert estimator.context_size == 784
    rloo = estimators.make("rloo", family="bernoulli", n=3)
    assert rloo.cost_evaluations == NODES["rloo"].samples


def test_settings_take_the_place_of_the_configured_ones():
    relaxed = estimators.make("gumbel_softmax", family="bernoulli", n=3, temperature=0.25)
    assert relaxed.get_buffer("temperature") == torch.tensor(0.25)
    assert estimators.make("rloo", family="bernoulli", n=3, samples=7).cost_evaluations == 7


def test_a_class_is_made_by_its_module_and_name():
    estimator = estimators.make("estimators.score_function.RLOO", family="bernoulli", n=3, samples=3)
    assert isinstance(estimator, estimators.RLOO)


@pytest.mark.parametrize("other", OTHER_NAMES)
def test_another_name_is_answered_with_the_one_here_and_is_free(other: str):
    name = OTHER_NAMES[other]
    assert name in NODES
    assert other not in NODES
    with pytest.raises(UnknownTarget, match=f": it is called {name} here"):
        estimators.make(other.upper().replace("_", "-"), family="bernoulli", n=3)


def test_mistakes_name_what_is_valid():
    with pytest.raises(UnknownTarget, match=r"no_such_one: choose one of argmax_straight_through, arm, "):
        estimators.make("no_such_one", family="bernoulli", n=3)
    with pytest.raises(NotApplicable, match="bernoulli latents only"):
        estimators.make("disarm", family="categorical", n=3, k=4)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": None}, r"name=None: text is needed, such as 'rloo' or 'module\.Class'"),
        ({"name": estimators.RLOO}, "name=<class 'estimators.score_function.RLOO'>: text is needed"),
        ({"name": "os.getcwd"}, r"os\.getcwd: not a class derived from estimators\.Estimator"),
        ({"family": "normal"}, "family='normal': choose one of bernoulli, categorical"),
        ({"n": 3.5}, "n=3.5: an integer of at least 1 is needed"),
        ({"family": "categorical"}, "k=None: an integer of at least 2 is needed"),
        ({"context_size": "all"}, "context_size='all': an integer of at least 1 is needed"),
        ({"sampels": 3}, "sampels: rloo has no such setting. Valid: samples, normalise"),
        ({"latent": 3}, "latent: rloo has no such setting. Valid: samples, normalise"),
        ({"samples": "x"}, "samples='x': an integer of at least 2 is needed"),
        ({"name": "gumbel_softmax", "temperature": [1, 2]}, r"temperature=\[1, 2\]: a positive number is needed"),
    ],
)
def test_a_wrong_argument_is_named_with_what_is_valid(changed: dict[str, Any], message: str):
    arguments: dict[str, Any] = {"name": "rloo", "family": "bernoulli", "n": 3} | changed
    with pytest.raises((TypeError, ValueError), match=message):
        estimators.make(arguments.pop("name"), **arguments)
