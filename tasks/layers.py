"""Several stochastic layers: nested inside the cost of the layer above, or combined in one distribution."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

from estimators import Cost, Deeper, Distribution, Estimate, Estimator

RELAXED_TEMPERATURE = 0.5
"""Temperature at which a layer is relaxed inside the control variate of a layer above."""

MOST = 50
"""Largest number of layers. Each is inside the cost of the one before, and Python limits the depth of calls."""


def require_possible(layers: int) -> None:
    """
    Raises:
        ValueError: there are no layers, or more than :data:`MOST`.
    """
    if not 1 <= layers <= MOST:
        raise ValueError(f"layers={layers}: 1 to {MOST} stochastic layers are possible")


def expected_cost(
    estimator: Estimator, q: Distribution, cost: Cost, context: Tensor | None, deeper: Deeper = "sample"
) -> Tensor | Estimate:
    """E_q[cost] for a layer inside the cost of another one, evaluated as ``deeper`` says: ``[*samples, *batch]``.

    "sample": with the layer's own estimator; "mean": at the mean of q, for a mean-field pass (Gu et al. 2016, section
    3.1); "relaxed": at a relaxed code (Tucker et al. 2017, section 3.3).
    """
    if deeper == "mean":
        return cost(q.mean, deeper="mean")
    if deeper == "relaxed":
        return cost(q.relax(q.noise(), RELAXED_TEMPERATURE), deeper="relaxed")
    return estimator(q, cost, context)


def log_prior_of_itself(q: Distribution | Chain, z: Tensor, estimator: Estimator) -> Tensor:
    """log q(z) as the prior in a multi-sample bound, for layers that are sampled from the model itself: nats.

    A constant for an estimator with an :attr:`~estimators.Estimator.inference_network`.
    """
    log_prob = q.log_prob(z)
    return log_prob.detach() if estimator.inference_network else log_prob


class Chain:
    """q(z_1 | x) q(z_2 | z_1) ... as one distribution, whose codes stack the layers' codes along a new last dimension.

    The multi-sample bound has one logarithm over samples of all layers together, so it cannot be nested: its estimators
    treat all layers as one. They need only samples and log-probabilities.

    Args:
        first: q(z_1 | x), ``[*batch]``.
        following: function of the code z_l and l that returns q(z_{l+1} | z_l).
        layers: number of layers; all have the same shape.
    """

    def __init__(self, first: Distribution, following: Callable[[Tensor, int], Distribution], layers: int) -> None:
        self.first = first
        self.following = following
        self.layers = layers

    @property
    def family(self) -> str:
        return self.first.family

    @property
    def event_dims(self) -> int:
        return self.first.event_dims + 1

    @property
    def event_shape(self) -> torch.Size:
        return torch.Size([*self.first.event_shape, self.layers])

    @property
    def batch_shape(self) -> torch.Size:
        return self.first.batch_shape

    def sample(self, samples: int) -> Tensor:
        """Codes of all layers: ``[samples, *batch, n(, k), layers]``."""
        codes = [self.first.sample(samples)]
        for layer in range(1, self.layers):
            codes.append(self.following(codes[-1], layer).sample())
        return torch.stack(codes, dim=-1)

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-probability, nats: ``[samples, *batch]``."""
        codes = z.unbind(-1)
        log_probs = [self.first.log_prob(codes[0])]
        for layer in range(1, self.layers):
            log_probs.append(self.following(codes[layer - 1], layer).log_prob(codes[layer]))
        return torch.stack(log_probs).sum(0)

    def as_distribution(self) -> Distribution:
        """This object, typed as a Distribution for a signature that requires more than is used."""
        return cast("Distribution", self)
