"""The toy problems of the literature."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from estimators import Deeper, Distribution, Estimate, Estimator, Latent
from tasks.batches import Batch
from tasks.task import Task


class Toy(Task):
    """Bits with one logit each, and their distance from t as the cost.

    loss = E_q[1/n sum_i |b_i - t|^power],

    minimised when every bit is always 0 or always 1, whichever is closer to t. With t near 1/2 the gradient is nearly
    all noise. One bit and power 2: Tucker et al. 2017 (REBAR), section 5.1, t = 0.45; Grathwohl et al. 2018 (RELAX),
    section 6.1, t = 0.499. Polynomial programming, 128 bits, t = 0.45, powers 1.5, 2 and 3: Liu, Dong, Liu, Yu & Gao
    2023, *Bridging discrete and backpropagation: straight-through and beyond* (ReinMax).

    There are no data: each "example" of a batch is an independent estimate of the same gradient.

    Args:
        target: t, in [0, 1].
        pixel_mean: unused.
        variables: n, the number of bits.
        power: the exponent, positive.
    """

    def __init__(self, target: float, pixel_mean: Tensor, variables: int = 1, power: float = 2.0) -> None:
        super().__init__()
        if not 0 <= target <= 1:
            raise ValueError(f"target={target}: choose a number in [0, 1]")
        if variables < 1:
            raise ValueError(f"variables={variables}: at least 1 is needed")
        if not 0 < power < math.inf:
            raise ValueError(f"power={power}: it must be positive")
        self.target = target
        self.power = power
        self.latents = (Latent("bernoulli", n=variables),)
        self.context_sizes = (None,)
        self.logit = nn.Parameter(torch.zeros(variables))

    def posterior(self, batch: Batch) -> Distribution:
        """The same distribution for every example."""
        return self.latents[0](self.logit.expand(len(batch.x), -1))

    def cost(self, z: Tensor, deeper: Deeper = "sample") -> Tensor:
        return self._distance(z).mean(-1)

    def _distance(self, z: Tensor) -> Tensor:
        if self.power == 2:
            return (z - self.target).square()
        return (z - self.target).abs().pow(self.power)

    def expected_loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        (estimator,) = estimators
        return estimator(self.posterior(batch), self.cost)

    def expected_cost(self) -> Tensor:
        """The exact loss, a scalar."""
        prob = torch.sigmoid(self.logit)
        one, zero = self._distance(torch.ones_like(prob)), self._distance(torch.zeros_like(prob))
        return (prob * one + (1 - prob) * zero).mean()

    def log_weights(self, batch: Batch, samples: int) -> Tensor:
        """The negative cost, so that the reported negative ELBO is the expected cost."""
        return -self.cost(self.posterior(batch).sample(samples))
