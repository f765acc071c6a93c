"""Networks at one-hot codes, for bounds, in which thousands of codes are decoded by the same weights.

The product of a weight matrix and n one-hot variables is the sum of n of its columns, which for 20 variables of 10
classes takes a third of the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from estimators import Latent

FEWEST_CLASSES = 4
"""The number of classes from which the sum is faster than the product."""

_columns: dict[nn.Linear, Tensor] | None = None
"""The columns of weights, as rows in memory ``[n * k, d]``; None outside :func:`hard_codes_only`."""


@contextmanager
def hard_codes_only() -> Iterator[None]:
    """Inside the block weights do not change and all codes are hard, so that :func:`of_code` may sum columns."""
    global _columns
    before, _columns = _columns, {}
    try:
        yield
    finally:
        _columns = before


def of_code(network: nn.Module, latent: Latent, z: Tensor) -> Tensor:
    """The output of a network at codes; the same inside :func:`hard_codes_only`, up to rounding.

    Args:
        network: from flat codes ``[..., size]`` to ``[..., d]``.
        latent: the shape of the codes.
        z: codes ``[..., n(, k)]``, hard or relaxed.
    """
    classes = latent.family == "categorical" and latent.k >= FEWEST_CLASSES
    if _columns is None or not classes or z.device.type != "cpu":
        return network(latent.flatten(z))
    if not (isinstance(network, nn.Sequential) and isinstance(first := network[0], nn.Linear)):
        return network(latent.flatten(z))
    if first not in _columns:
        _columns[first] = first.weight.t().contiguous()
    places = z.flatten(0, -3) @ torch.arange(latent.k).to(z) + latent.k * torch.arange(latent.n)
    output = F.embedding_bag(places.int(), _columns[first], mode="sum").add_(first.bias)
    return network[1:](output.unflatten(0, z.shape[:-2]))
