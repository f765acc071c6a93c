"""Learned predictions of the cost that score-function estimators subtract from it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from estimators.arguments import at_least, is_finite
from estimators.left_out import LeftOut


class RunningMoments(nn.Module):
    """Exponential moving mean and variance of a signal, from past calls only; 0 before the first.

    The averages are corrected for their start at 0, so the first update counts in full.
    """

    averages: Tensor
    """``[3]``: uncorrected moving averages of 1, of the mean and of the variance; the first corrects the others."""

    def __init__(self, decay: float) -> None:
        super().__init__()
        if not (is_finite(decay) and 0 <= decay < 1):
            raise ValueError(f"decay={decay!r} must lie in [0, 1)")
        self.decay = decay
        self.left_out = LeftOut()
        self.register_buffer("averages", torch.zeros(3))

    @property
    def mean(self) -> Tensor:
        return self.averages[1] / self._seen

    @property
    def variance(self) -> Tensor:
        return self.averages[2] / self._seen

    @property
    def _seen(self) -> Tensor:
        return self.averages[0].clamp(min=torch.finfo(self.averages.dtype).tiny)

    def update(self, signal: Tensor) -> Tensor:
        """Updates the averages with mean and variance of all elements of ``signal``; returns whether it was rejected.

        A batch where they are not finite, or that has no elements, is rejected: it changes nothing and is counted.
        """
        if signal.numel():
            variance, mean = torch.var_mean(signal.detach(), correction=0)
        else:
            variance = mean = self.averages.new_full((), math.nan)
        rejected = self.left_out.rejects(variance)
        latest = torch.stack([torch.ones_like(mean), mean, variance])
        moved = self.averages * self.decay + (1 - self.decay) * latest
        self.averages.copy_(torch.where(rejected, self.averages, moved))
        return rejected


class BaselineNetwork(nn.Module):
    """Predicts the cost from the layer's input: one hidden layer of tanh units, as in Mnih & Gregor 2014."""

    def __init__(self, context_size: int, hidden: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(context_size, hidden), nn.Tanh(), nn.Linear(hidden, 1))

    def forward(self, context: Tensor) -> Tensor:
        """``[*batch, context_size] -> [*batch]``; no gradient flows to the context."""
        return self.layers(context.detach()).squeeze(-1)


class Baseline(nn.Module):
    """c + C_psi(x), a prediction of a signal from past batches and the layer's input: a running mean and a network.

    psi minimises (signal - c - C_psi)^2, and c is the running mean of signal - C_psi (Mnih & Gregor 2014, section 2.3).

    Args:
        context_size: size of the layer's input x; None for no input and thus no network.
        hidden: units of the network's hidden layer; None for no network.
        decay: decay of the running moments.
    """

    def __init__(self, context_size: int | None, hidden: int | None, decay: float) -> None:
        super().__init__()
        self.moments = RunningMoments(decay)
        if hidden is not None:
            at_least(1, hidden=hidden)
        self.network = None if context_size is None or hidden is None else BaselineNetwork(context_size, hidden)

    def forward(self, signal: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """The signal minus its baseline, a constant ``[*batch]``, and the network's objective, a scalar or None.

        In training mode the moments are updated with the signal, after use. In evaluation mode nothing is learned.
        """
        residual = signal - self.predict(context)
        centred = residual - self.moments.mean
        if not self.training:
            return centred.detach(), None
        rejected = self.moments.update(residual)
        if self.network is None or not centred.numel():
            return centred.detach(), None
        return centred.detach(), centred.masked_fill(rejected, 0.0).square().mean()

    def predict(self, context: Tensor | None) -> Tensor | float:
        """C_psi(x), ``[*batch]``; 0 without a network."""
        if self.network is None:
            return 0.0
        if context is None:
            raise ValueError(
                "the estimator was built with a context_size for its baseline: call it with context=, the layer's input"
            )
        return self.network(context)
