"""Batches that an estimator does not learn from, because they would corrupt its state permanently."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LeftOut(nn.Module):
    """Counts the batches that were empty, or at which something was not finite; :func:`batches_left_out` adds up.

    Running moments stay as they were at such a batch, and the auxiliary has the gradient 0.
    """

    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def rejects(self, statistic: Tensor) -> Tensor:
        """Whether a statistic of the batch, a scalar, is not finite, as a tensor; counts the batch if so."""
        statistic = statistic.detach()
        rejected = statistic - statistic != 0  # as ~isfinite, of fewer operators
        self.count.add_(rejected)
        return rejected


def batches_left_out(module: nn.Module) -> int:
    """The batches that the estimators in ``module`` did not learn from, each counted for its own layer."""
    return sum(int(part.count.sum()) for part in module.modules() if isinstance(part, LeftOut))
