"""The networks of the tasks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "leaky_relu": nn.LeakyReLU,
    "relu": nn.ReLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


def activation_named(name: str) -> nn.Module:
    """The activation of a configuration, one of :data:`ACTIVATIONS`."""
    if name not in ACTIVATIONS:
        raise ValueError(f"task.activation={name!r}: choose one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]()


def mlp(sizes: Sequence[int], activation: str = "leaky_relu") -> nn.Sequential:
    """Dense layers from ``sizes[0]`` to ``sizes[-1]`` with the activation between; two sizes are a linear map.

    Weights follow Glorot & Bengio 2010 (uniform), biases start at 0.

    Raises:
        ValueError: no such activation, or a hidden layer without units.
    """
    if any(units < 1 for units in sizes[1:-1]):
        raise ValueError(f"task.hidden={list(sizes[1:-1])}: every hidden layer needs at least 1 unit")
    activation_named(activation)  # also a linear map refuses a wrong one
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        linear = nn.Linear(inputs, outputs)
        nn.init.xavier_uniform_(linear.weight)
        nn.init.zeros_(linear.bias)
        layers += [activation_named(activation), linear] if layers else [linear]
    return nn.Sequential(*layers)


def set_output_bias(network: nn.Sequential, bias: Tensor) -> None:
    """Starts the biases of the last layer at ``bias``."""
    last = network[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.bias.copy_(bias)
