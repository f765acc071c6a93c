"""The losses of training since it was scored last."""

from __future__ import annotations

import torch
from torch import Tensor

from runners.cells.divergence import Diverged

AVERAGED = 16
"""Steps whose losses are averaged over the examples together, one operation instead of one each."""


class RecentLosses:
    """The mean loss of each step since the last scores, nats."""

    def __init__(self, device: str) -> None:
        self._means = torch.zeros(0, device=device)
        self._of_examples: list[Tensor] = []

    def add(self, losses: Tensor) -> None:
        """Takes in those of the examples of a step, ``[B]``."""
        self._of_examples.append(losses.detach())
        if len(self._of_examples) == AVERAGED:
            self.means()

    def means(self) -> Tensor:
        """That of each step, ``[steps]``."""
        if self._of_examples:
            self._means = torch.cat([self._means, torch.stack(self._of_examples).mean(1)])
            self._of_examples.clear()
        return self._means

    def mean(self, step: int) -> float:
        """That of all steps up to ``step``, which is the last.

        Raises:
            Diverged: one was not finite; the first is named.
        """
        means = self.means()
        finite = means.isfinite()
        if not finite.all():
            raise Diverged(step - len(means) + int(finite.int().argmin()) + 1)
        return means.mean().item()

    def restore(self, means: Tensor) -> None:
        """Begins with these of earlier steps, ``[steps]``."""
        self._means = means
        self._of_examples.clear()

    def clear(self) -> None:
        """Begins anew, after scores."""
        self.restore(self.means()[:0].clone())
