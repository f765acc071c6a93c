"""The toy problem on which the field draws its first figure."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from estimators import Deeper, Distribution, Estimate, Estimator, Latent
from tasks.batches import Batch
from tasks.task import Task


class Toy(Task):
    """One Bernoulli variable b with a single logit, and the cost (b - t)^2.

    loss = E_q[(b - t)^2],

    smallest at b = 0 or 1 for good, whichever is closer to t. With t near 1/2 the gradient is nearly all noise: Tucker
    et al. 2017 (REBAR), section 5.1, has t = 0.45; Grathwohl et al. 2018 (RELAX), section 4.1, t = 0.499.

    There are no data: an "example" of a batch is an independent estimate of the same gradient.
    """

    def __init__(self, target: float, pixel_mean: Tensor) -> None:
        super().__init__()
        if not 0 <= target <= 1:
            raise ValueError(f"task.target={target}: choose a number in [0, 1]")
        self.target = target
        self.latents = (Latent("bernoulli", n=1),)
        self.context_sizes = (None,)
        self.logit = nn.Parameter(torch.zeros(1))

    def posterior(self, batch: Batch) -> Distribution:
        """The same Bernoulli variable for every example."""
        return self.latents[0](self.logit.expand(len(batch.x), 1))

    def cost(self, z: Tensor, deeper: Deeper = "sample") -> Tensor:
        return (z - self.target).square().sum(-1)

    def expected_loss(self, batch: Batch, estimators: Sequence[Estimator]) -> Estimate:
        (estimator,) = estimators
        return estimator(self.posterior(batch), self.cost)

    def expected_cost(self) -> Tensor:
        """The exact loss, a scalar."""
        prob = torch.sigmoid(self.logit).squeeze()
        return prob * (1 - self.target) ** 2 + (1 - prob) * self.target**2

    def log_weights(self, batch: Batch, samples: int) -> Tensor:
        """-cost, so that the negative ELBO of a score is the expected cost."""
        return -self.cost(self.posterior(batch).sample(samples))
