"""The VAE of :mod:`benchmarks.tutorial` with Storchastic (van Krieken, Tomczak & ten Teije 2021).

After ``pip install storchastic``, ``python -m benchmarks.storchastic_vae`` trains it. Importing Storchastic replaces
functions of PyTorch for the whole process, so ``make speed`` does not time it in turns with other programs.
"""

from __future__ import annotations

from collections.abc import Callable

import storch  # pyright: ignore[reportMissingImports]
import torch
from torch import Tensor
from torch.distributions import Bernoulli, kl_divergence
from torch.nn import functional as F

from benchmarks.tutorial import VAE, train


class StorchasticVAE(VAE):
    """The VAE, with costs and a relaxed sample that Storchastic differentiates."""

    def __init__(self, pixels: int = 784) -> None:
        super().__init__(pixels)
        self.method = storch.method.GumbelSoftmax("z")

    def add_costs(self, x: Tensor) -> None:
        """Adds the parts of the negative ELBO of a batch, nats per example, to the costs to be differentiated."""
        logits = storch.deterministic(self.encoder.forward)(x)
        storch.add_cost(storch.deterministic(self.kl)(logits), "KL divergence")
        z = self.method(Bernoulli(logits=logits))
        storch.add_cost(storch.deterministic(self.reconstruction)(z, x), "reconstruction")

    def kl(self, logits: Tensor) -> Tensor:
        return kl_divergence(Bernoulli(logits=logits), Bernoulli(logits=self.prior.expand_as(logits))).sum(-1)

    def reconstruction(self, z: Tensor, x: Tensor) -> Tensor:
        output = self.decoder(z)
        return F.binary_cross_entropy_with_logits(output, x.expand_as(output), reduction="none").sum(-1)


def training_step(images: Tensor, batch_size: int = 100) -> Callable[[], float]:
    """A function that takes a training step on a random batch of ``images``, uint8 ``[N, pixels]``."""
    model = StorchasticVAE(images.shape[-1])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    binary = (images > 127).float()

    def step() -> float:
        rows = torch.randint(len(binary), (batch_size,))
        optimizer.zero_grad()
        storch.reset()
        model.add_costs(storch.denote_independent(binary[rows], 0, "batch"))
        loss = storch.backward()
        optimizer.step()
        return loss.item()

    return step


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(training_step)
