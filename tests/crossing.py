"""Every configured estimator on several tasks: each estimator on one at each change, on all by the slow tests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from hydra.utils import instantiate
from omegaconf import DictConfig

from estimators import Estimator, Latent, NotApplicable
from estimators.catalogue import configurations

NODES = configurations()
"""By name; to read the files takes longer than to build an estimator and to call it."""

FACTORIES: dict[str, Callable[..., Estimator]] = {
    name: instantiate(node, _convert_="all", _partial_=True) for name, node in NODES.items()
}
"""What builds the configured estimators: to instantiate a node again takes longer, too."""

OF_ONE_VARIABLE = ("sum_and_sample",)
"""Estimators that exist for a layer of one variable only."""


def crossing(tasks: Mapping[Any, Latent], turns: int = 1) -> list[Any]:
    """Parameters (task, estimator): of every estimator the tasks that it exists for, all but one of them slow.

    Estimators that follow each other have others, so that each task has several. A task is given by its name, or by
    overrides of which the first names it. With several ``turns`` all but one estimator in so many are slow.
    """
    parameters = []
    for number, name in enumerate(NODES):
        own = [task for task, latent in tasks.items() if exists_for(name, latent)]
        for place, task in enumerate(own):
            fast = number % turns == 0 and place == number // turns % len(own)
            marks = () if fast else pytest.mark.slow
            label = task if isinstance(task, str) else task[0]
            parameters.append(pytest.param(task, name, id=f"{label}-{name}", marks=marks))
    return parameters


def halved(*axes: Sequence[Any]) -> list[Any]:
    """The product of at least three axes, half of it slow: any two values of two axes meet in the other half."""
    return [
        pytest.param(
            *(axis[place] for axis, place in zip(axes, places, strict=True)),
            marks=pytest.mark.slow if sum(places) % 2 else (),
        )
        for places in itertools.product(*(range(len(axis)) for axis in axes))
    ]


def each_value(*axes: Sequence[Any]) -> list[Any]:
    """The product of the axes, slow but for as few as have each value of each axis."""
    count = max(map(len, axes))
    fast = {tuple(turn // max(1, place) % len(axis) for place, axis in enumerate(axes)) for turn in range(count)}
    return [
        pytest.param(
            *(axis[place] for axis, place in zip(axes, places, strict=True)),
            marks=() if places in fast else pytest.mark.slow,
        )
        for places in itertools.product(*(range(len(axis)) for axis in axes))
    ]


def one_in(turns: int, values: Iterable[Any]) -> list[Any]:
    """Values that take the same path, all but one in so many slow."""
    return [pytest.param(value, marks=pytest.mark.slow if turn % turns else ()) for turn, value in enumerate(values)]


def exists_for(name: str, latent: Latent) -> bool:
    """Whether the configured estimator should exist for the layer, by what its class says."""
    return latent.family in facts(name).families and (latent.n == 1 or name not in OF_ONE_VARIABLE)


@cache
def facts(name: str) -> Estimator:
    """The configured estimator on a layer that it exists for, to ask for the facts of its class."""
    for latent in (Latent("categorical", n=1, k=3), Latent("bernoulli", n=1)):
        try:
            return FACTORIES[name](latent)
        except NotApplicable:
            continue
    raise AssertionError(f"{name} exists for no family")


def with_estimator(config: DictConfig, name: str) -> DictConfig:
    """The configuration with another estimator: to compose one takes longer than some steps of training."""
    config.estimator, config.names.estimator = NODES[name], name
    return config
