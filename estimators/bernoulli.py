"""Layers of independent bits."""

from __future__ import annotations

import math

import torch
from torch import Tensor, distributions
from torch.nn import functional as F

from estimators.cached import cached_property
from estimators.distributions import Distribution, every_choice
from estimators.logits import INFINITE, LIMIT, log_of_impossible


class Bernoulli(Distribution):
    """``n`` independent bits; logits ``[*batch, n]``. The noise is logistic."""

    family = "bernoulli"
    event_dims = 1

    def tangent(self, prob: Tensor) -> Tensor:
        return (prob * (1 - prob)).detach() * self.logits

    def sum_classes(self, x: Tensor) -> Tensor:
        return x

    @cached_property
    def log_mean(self) -> Tensor:
        return F.logsigmoid(self.logits)

    @cached_property
    def mean(self) -> Tensor:
        return torch.sigmoid(self.logits)

    def sample(self, *samples: int) -> Tensor:
        # 1 where u < p. On a CPU, converting booleans to numbers takes longer than these two operations.
        return (self.mean.detach() - self.uniform(*samples)).sign_().relu_()

    def noise(self, *samples: int) -> Tensor:
        return torch.logit(self.uniform(*samples))

    def conditional_noise(self, z: Tensor, uniform: Tensor | None = None) -> Tensor:
        logistic = torch.logit(self.uniform(*self.samples_of(z)) if uniform is None else uniform)
        above = F.softplus(logistic - F.logsigmoid(-self.logits))
        below = -F.softplus(-logistic - F.logsigmoid(self.logits))
        return torch.where(z > 0.5, above, below) - self.logits

    def hard(self, noise: Tensor) -> Tensor:
        return (self.logits + noise > 0).to(self.logits.dtype)

    def relax(self, noise: Tensor, temperature: Tensor | float) -> Tensor:
        return torch.sigmoid((self.logits + noise) / temperature)

    def relaxed_log_density(self, z: Tensor, temperature: Tensor | float) -> Tensor:
        temperature = torch.as_tensor(temperature, dtype=z.dtype, device=z.device)
        z = z.clamp(torch.finfo(z.dtype).tiny, 1 - torch.finfo(z.dtype).eps / 2)
        centred = self.logits - temperature * torch.logit(z)
        density = temperature.log() - z.log() - (-z).log1p() + centred - 2 * F.softplus(centred)
        return self.sum_event(density.where(self.logits.abs() < LIMIT, 0))

    def log_prob(self, z: Tensor) -> Tensor:
        # Difference before sum: both terms may be far larger than their difference.
        return log_of_impossible(self.sum_event(z * self.logits - F.softplus(self.logits)))

    def entropy(self) -> Tensor:
        surprise = self.mean * F.softplus(-self.logits) + torch.sigmoid(-self.logits) * F.softplus(self.logits)
        return self.sum_event(surprise)

    def kl(self, prior: Distribution) -> Tensor:
        # Cross-entropy minus entropy: each is small where the logits are large and agree.
        cross_entropy = F.softplus(prior.logits) - self.mean * prior.logits
        nats = self.sum_event(cross_entropy + (self.mean * self.logits - F.softplus(self.logits)))
        return nats.masked_fill(nats > INFINITE, math.inf)

    def support(self) -> Tensor:
        return every_choice(self.logits.shape[-1], 2, self.logits.device).to(self.logits.dtype)

    def to_torch(self) -> distributions.Independent:
        return distributions.Independent(distributions.Bernoulli(logits=self.logits), 1)
