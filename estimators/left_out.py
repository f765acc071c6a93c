"""Batches that an estimator does not learn from, because they would corrupt its state permanently."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LeftOut(nn.Module):
    """Counts the batches that were empty or gave values that are not finite; :func:`batches_left_out` is the total.

    Such a batch does not change running moments, and its auxiliary has gradient 0.
    """

    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def rejects(self, statistic: Tensor) -> Tensor:
        """Whether a statistic of the batch, a scalar, is not finite, as a tensor; counts the batch if so."""
        statistic = statistic.detach()
        rejected = statistic - statistic != 0  # like ~isfinite, with fewer operators
        self.count.add_(rejected)
        return rejected


def batches_left_out(module: nn.Module) -> int:
    """Number of batches that the estimators in ``module`` did not learn from, summed over layers."""
    return sum(int(part.count.sum()) for part in module.modules() if isinstance(part, LeftOut))
