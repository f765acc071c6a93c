"""Learned predictions of the cost that score-function estimators subtract from it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from estimators.estimator import at_least


class RunningMoments(nn.Module):
    """Exponential moving mean and variance of a signal, from past calls only; 0 before the first.

    The averages are weighted by the share of ``decay`` that was really seen, so the first update counts in full.
    """

    weight: Tensor
    weighted_mean: Tensor
    weighted_variance: Tensor

    def __init__(self, decay: float) -> None:
        super().__init__()
        if not 0 <= decay < 1:
            raise ValueError(f"decay={decay} must lie in [0, 1)")
        self.decay = decay
        for name in ("weight", "weighted_mean", "weighted_variance"):
            self.register_buffer(name, torch.zeros(()))

    @property
    def mean(self) -> Tensor:
        return self.weighted_mean / self._seen

    @property
    def variance(self) -> Tensor:
        return self.weighted_variance / self._seen

    @property
    def _seen(self) -> Tensor:
        return self.weight.clamp(min=torch.finfo(self.weight.dtype).tiny)

    def update(self, signal: Tensor) -> None:
        """Takes in the mean and variance of ``signal`` over all its elements."""
        signal = signal.detach()
        share = 1 - self.decay
        # Not lerp_, which vmap has no batching rule for.
        self.weight.mul_(self.decay).add_(share)
        self.weighted_mean.mul_(self.decay).add_(share * signal.mean())
        self.weighted_variance.mul_(self.decay).add_(share * signal.var(correction=0))


class BaselineNetwork(nn.Module):
    """Predicts the cost from the layer's input: one hidden layer of tanh units (Mnih & Gregor 2014, section 3.1)."""

    def __init__(self, context_size: int, hidden: int) -> None:
        super().__init__()
        at_least(1, hidden=hidden)
        self.layers = nn.Sequential(nn.Linear(context_size, hidden), nn.Tanh(), nn.Linear(hidden, 1))

    def forward(self, context: Tensor) -> Tensor:
        """``[*batch, context_size] -> [*batch]``; the model that made the context gets no gradient."""
        return self.layers(context.detach()).squeeze(-1)
