"""What a training step makes of an estimate: its gradients in everything, with a KL and the auxiliary."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Cost, Deeper, Distribution, Estimate, Estimator, Latent
from tests.estimators.every_estimator import CONTEXT_SIZE, loss


def cost_with(latent: Latent, weight: Tensor) -> Cost:
    """Around 2 nats: ``[*samples, *batch]``; ``weight`` is ``[size, units]``."""

    def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
        return 2 + torch.tanh(latent.flatten(z) @ weight - 0.3).sum(-1)

    return cost


def estimate_with_kl(estimator: Estimator, q: Distribution, cost: Cost, seed: int) -> Estimate:
    context = torch.randn(len(q.logits), CONTEXT_SIZE, generator=torch.Generator().manual_seed(6))
    prior = estimator.latent(torch.linspace(-1, 1, estimator.latent.size))
    torch.manual_seed(seed)
    return estimator(q, cost, context).plus_kl(q, prior)


def gradients(estimate: Estimate, estimator: Estimator, *of: Tensor) -> list[Tensor]:
    """Of the whole loss, in the given tensors and then in the estimator's own parameters."""
    wanted = [*of, *estimator.parameters()]
    found = torch.autograd.grad(loss(estimate), wanted, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for x, g in zip(wanted, found, strict=True)]
