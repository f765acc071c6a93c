"""Bias and variance of a random vector against a known mean, from a stream of draws."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from runners.cells.record import Accuracy

GROUPS = 20
"""Groups of draws that the jackknife leaves out one at a time."""

NORMAL_QUANTILE = 1.96


class ErrorMoments:
    """Collects the errors d = g - exact of draws g, and estimates |E d|^2 without the bias of the naive |mean d|^2.

    |E d|^2 is estimated from all pairs of different draws, (|sum d|^2 - sum |d|^2) / (M (M - 1)), which has mean 0 for
    an unbiased estimator. Its standard error is estimated by the jackknife over groups of draws.
    """

    def __init__(self, exact: Tensor) -> None:
        self.exact = exact.double()
        self.sums = torch.zeros(GROUPS, len(exact), dtype=torch.float64, device=exact.device)
        self.squares = torch.zeros(GROUPS, dtype=torch.float64, device=exact.device)
        self.counts = torch.zeros(GROUPS, dtype=torch.float64, device=exact.device)
        self.cosines, self.wrong = 0.0, 0
        self.drawn = 0

    def add(self, draws: Tensor) -> None:
        """Adds draws ``[M, d]``."""
        draws = draws.double()
        errors = draws - self.exact
        group = (torch.arange(len(draws), device=draws.device) + self.drawn) % GROUPS
        self.sums.index_add_(0, group, errors)
        self.squares.index_add_(0, group, errors.square().sum(-1))
        self.counts.index_add_(0, group, torch.ones_like(group, dtype=torch.float64))
        self.cosines += torch.cosine_similarity(draws, self.exact.expand_as(draws), dim=-1).sum().item()
        self.wrong += int((draws @ self.exact < 0).sum())
        self.drawn += len(draws)

    def accuracy(self) -> Accuracy:
        size = self.exact.square().sum()
        total, square, count = self.sums.sum(0), self.squares.sum(), self.counts.sum()
        squared_bias = _squared_mean(total, square, count)
        left_out = _squared_mean(total - self.sums, square - self.squares, count - self.counts)
        spread = (GROUPS - 1) / GROUPS * (left_out - left_out.mean()).square().sum()
        error = NORMAL_QUANTILE * spread.sqrt()
        variance = (square - total.square().sum() / count) / (count - 1)

        def relative(squared: Tensor) -> float:
            return math.sqrt(max(0.0, (squared / size).item()))

        return Accuracy(
            bias=relative(squared_bias),
            bias_low=relative(squared_bias - error),
            bias_high=relative(squared_bias + error),
            variance=(variance / size).item(),
            mse=(square / count / size).item(),
            cosine=self.cosines / self.drawn,
            wrong_way=self.wrong / self.drawn,
            exact_norm=math.sqrt(size.item()),
        )


def _squared_mean(total: Tensor, square: Tensor, count: Tensor) -> Tensor:
    """Estimate of |E d|^2 from sums ``[..., d]``, sums of squared norms ``[...]`` and counts ``[...]``."""
    return (total.square().sum(-1) - square) / (count * (count - 1))
