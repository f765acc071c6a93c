"""The networks of the tasks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


def mlp(sizes: Sequence[int]) -> nn.Sequential:
    """Dense layers from ``sizes[0]`` to ``sizes[-1]`` with LeakyReLU between; two sizes are a linear map.

    Weights follow Glorot & Bengio 2010 (uniform), biases start at 0.
    """
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        linear = nn.Linear(inputs, outputs)
        nn.init.xavier_uniform_(linear.weight)
        nn.init.zeros_(linear.bias)
        layers += [nn.LeakyReLU(), linear] if layers else [linear]
    return nn.Sequential(*layers)


def set_output_bias(network: nn.Sequential, bias: Tensor) -> None:
    """Starts the biases of the last layer at ``bias``."""
    last = network[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.bias.copy_(bias)
