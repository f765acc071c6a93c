"""Networks that tasks are built from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "leaky_relu": nn.LeakyReLU,
    "leaky_relu_0.2": partial(nn.LeakyReLU, 0.2),
    "relu": nn.ReLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


def activation_named(name: str) -> nn.Module:
    """The activation with this name, one of :data:`ACTIVATIONS`."""
    if name not in ACTIVATIONS:
        raise ValueError(f"activation={name!r}: choose one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]()


InitialWeights = Literal["glorot", "torch"]
"""Uniform weights of Glorot & Bengio 2010, with biases 0; or PyTorch's default for ``nn.Linear``, weights and biases
uniform in +-1 / sqrt(inputs)."""


def mlp(
    sizes: Sequence[int], activation: str = "leaky_relu", initial_weights: InitialWeights = "glorot"
) -> nn.Sequential:
    """Dense layers from ``sizes[0]`` to ``sizes[-1]`` with the activation in between; two sizes give a linear map.

    Raises:
        ValueError: there is no such activation or initial weights, or a hidden layer has no units.
    """
    if initial_weights not in get_args(InitialWeights):
        choices = ", ".join(get_args(InitialWeights))
        raise ValueError(f"initial_weights={initial_weights!r}: choose one of {choices}")
    if any(units < 1 for units in sizes[1:-1]):
        raise ValueError(f"hidden={list(sizes[1:-1])}: every hidden layer needs at least 1 unit")
    activation_named(activation)  # a wrong name is an error for a linear map too
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        linear = nn.Linear(inputs, outputs)
        if initial_weights == "glorot":
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)
        layers += [activation_named(activation), linear] if layers else [linear]
    return nn.Sequential(*layers)


def set_output_bias(network: nn.Sequential, bias: Tensor) -> None:
    """Sets the biases of the last layer to ``bias``."""
    last = network[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.bias.copy_(bias)
