"""Layers of independent one-hot variables."""

from __future__ import annotations

import torch
from torch import Tensor, distributions

from estimators.cached import cached_property
from estimators.distributions import Distribution, every_choice
from estimators.logits import LIMIT, MANY, log_of_impossible
from estimators.softmax import log_softmax, softmax


class Categorical(Distribution):
    """``n`` independent one-hot variables of ``k`` classes; logits ``[*batch, n, k]``. The noise is Gumbel.

    Noise is added to the normalised logits, so that a constant common to all logits of a variable costs no precision.
    """

    family = "categorical"
    event_dims = 2

    def tangent(self, prob: Tensor) -> Tensor:
        prob = prob.detach()
        return prob * (self.logits - (prob * self.logits).sum(-1, keepdim=True))

    def sum_classes(self, x: Tensor) -> Tensor:
        return x.sum(-1, keepdim=True)

    @cached_property
    def log_mean(self) -> Tensor:
        return log_softmax(self.logits)

    @cached_property
    def mean(self) -> Tensor:
        return self.log_mean.exp()

    @property
    def uniform_dtype(self) -> torch.dtype:
        return self.logits.dtype if self.logits.shape[-1] < MANY else torch.float64

    def sample(self, *samples: int) -> Tensor:
        # In float64, because in float32 the frequency of a class of probability 1e-6 would be 3 % off. Multiplying by
        # the total keeps the draw below it, so that it falls into a class of positive probability.
        below = self.mean.detach().cumsum(-1, dtype=torch.float64)
        shape = (*samples, *self.logits.shape[:-1], 1)
        drawn = torch.rand(*shape, dtype=torch.float64, device=below.device) * below[..., -1:]
        chosen = first_above(below, drawn)
        return self.logits.new_zeros(*chosen.shape[:-1], self.logits.shape[-1]).scatter(-1, chosen, 1.0)

    def noise(self, *samples: int) -> Tensor:
        return -self._log_exponential(self.uniform(*samples))

    def _log_exponential(self, uniform: Tensor) -> Tensor:
        """log E with E exponential, which is minus Gumbel noise."""
        return torch.log(-torch.log(uniform)).to(self.logits.dtype)

    def conditional_noise(self, z: Tensor, uniform: Tensor | None = None) -> Tensor:
        log_exponential = self._log_exponential(self.uniform(*self.samples_of(z)) if uniform is None else uniform)
        log_first = (z * log_exponential).sum(-1, keepdim=True)
        later = -torch.logaddexp(log_exponential, log_first + self.log_mean)
        return torch.where(z > 0.5, -log_first - self.log_mean, later)

    def hard(self, noise: Tensor) -> Tensor:
        perturbed = self.log_mean.detach() + noise
        return torch.zeros_like(perturbed).scatter(-1, perturbed.argmax(-1, keepdim=True), 1.0)

    def relax(self, noise: Tensor, temperature: Tensor | float) -> Tensor:
        return softmax((self.log_mean + noise) / temperature)

    def relaxed_log_density(self, z: Tensor, temperature: Tensor | float) -> Tensor:
        temperature = torch.as_tensor(temperature, dtype=z.dtype, device=z.device)
        there = self.logits > -LIMIT
        k = there.sum(-1).to(z.dtype)
        log_z = z.clamp(min=torch.finfo(z.dtype).tiny).log()
        scores = self.log_mean - temperature * log_z
        constant = torch.lgamma(k) + (k - 1) * temperature.log()
        density = constant + (scores - log_z).where(there, 0).sum(-1) - k * torch.logsumexp(scores, dim=-1)
        return density.sum(-1)

    def log_prob(self, z: Tensor) -> Tensor:
        return log_of_impossible(self.sum_event(z * self.log_mean))

    def entropy(self) -> Tensor:
        return -self.sum_event(self.mean * self.log_mean)

    def kl(self, prior: Distribution) -> Tensor:
        log_ratio = self.log_mean - log_of_impossible(log_softmax(prior.logits))
        return self.sum_event(self.mean * log_ratio.masked_fill(self.mean == 0, 0))

    def support(self) -> Tensor:
        n, k = self.logits.shape[-2:]
        choices = every_choice(n, k, self.logits.device)
        return self.logits.new_zeros(*choices.shape, k).scatter(-1, choices.unsqueeze(-1), 1.0)

    def to_torch(self) -> distributions.Independent:
        return distributions.Independent(distributions.OneHotCategorical(logits=self.logits), 1)


def first_above(below: Tensor, drawn: Tensor) -> Tensor:
    """The first class whose cumulative sum exceeds the draw: ``[*batch, n, k], [*samples, *batch, n, 1]``."""
    if below.shape[-1] < MANY:
        return (below[..., :-1] <= drawn).sum(-1, keepdim=True)
    samples = drawn.reshape(-1, *below.shape[:-1]).movedim(0, -1).contiguous()
    chosen = torch.searchsorted(below, samples, right=True).clamp(max=below.shape[-1] - 1)
    return chosen.movedim(-1, 0).reshape(drawn.shape)
