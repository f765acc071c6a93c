"""Every configured estimator on a small layer of each family it exists for, and a small decoder as cost."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from estimators import Cost, Deeper, Estimate, Estimator, Latent, NotApplicable
from tests.crossing import FACTORIES, NODES

CONTEXT_SIZE = 5
BATCH = 6
LAYERS = (
    (Latent("bernoulli", 3), Latent("bernoulli", 1)),
    (Latent("categorical", 3, 4), Latent("categorical", 1, 4)),
)


def on_layers_it_exists_for(name: str) -> list[Latent]:
    """Of three variables, or of one where it exists for one only."""
    layers = [[latent for latent in family if exists(name, latent)] for family in LAYERS]
    return [existing[0] for existing in layers if existing]


def exists(name: str, latent: Latent) -> bool:
    try:
        made(name, latent)
    except NotApplicable:
        return False
    return True


def made(name: str, latent: Latent, context_size: int | None = CONTEXT_SIZE) -> Estimator:
    return FACTORIES[name](latent, context_size)


def pairs(turns: int = 1) -> list[Any]:
    """Parameters: every estimator with each of its layers, of which one is slow, that of the other family each time.

    With several ``turns`` all but one estimator in so many are slow.
    """
    parameters = []
    for number, name in enumerate(NODES):
        layers = on_layers_it_exists_for(name)
        for latent in layers:
            fast = number % turns == 0 and latent is layers[number // turns % len(layers)]
            marks = () if fast else pytest.mark.slow
            parameters.append(pytest.param(name, latent, id=f"{name}-{latent.family}", marks=marks))
    return parameters


PAIRS = pairs()

every_pair = pytest.mark.parametrize(("name", "latent"), PAIRS)

every_pair_in_turns = pytest.mark.parametrize(("name", "latent"), pairs(turns=3))
"""For what all estimators leave to the class that they are derived from."""


def every_pair_in_one_of(names: str, *ways: tuple[Any, ...]) -> Any:
    """Parameters: every pair with each of the ways, values of further ``names``; of each pair all but one are slow.

    Estimators that follow each other on one family have different ways.
    """
    parameters = []
    for pair in PAIRS:
        turn = list(NODES).index(pair.values[0]) // 2
        for place, way in enumerate(ways):
            marks = pair.marks if place == turn % len(ways) else pytest.mark.slow
            label = "-".join(map(str, (pair.id, *way)))
            parameters.append(pytest.param(*pair.values, *way, id=label, marks=marks))
    return pytest.mark.parametrize(("name", "latent", *names.split()), parameters)


def weights(latent: Latent) -> Tensor:
    return torch.randn(latent.size, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()


def decoder(latent: Latent, through: nn.Module | None = None) -> Cost:
    """Around 2 nats: ``[*samples, *batch]``; ``through`` is a further layer of 4 units."""
    weight = weights(latent)

    def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
        hidden = latent.flatten(z) @ weight.to(z.dtype)
        return 2 + torch.tanh(hidden if through is None else through(hidden)).sum(-1)

    return cost


def inputs(latent: Latent, batch: int = BATCH) -> tuple[Tensor, Tensor]:
    """Logits, flat, and a context."""
    return torch.randn(batch, latent.size, requires_grad=True), torch.randn(batch, CONTEXT_SIZE)


def loss(estimate: Estimate) -> Tensor:
    return estimate.surrogate.mean() + (0 if estimate.auxiliary is None else estimate.auxiliary)
