"""The gradient of the logits that an estimator gives inside a model."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator


class Recorder(Estimator):
    """Calls an estimator at logits that are leaves of their own, to take the gradient of its surrogate there."""

    unbiased = False
    citation = "none"
    attached: Tensor
    """The logits as the model made them."""
    leaves: Tensor
    estimate: Estimate

    def __init__(self, inner: Estimator) -> None:
        super().__init__(inner.latent, inner.context_size)
        self.inner = inner

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        self.attached = q.logits
        self.leaves = q.logits.detach().requires_grad_()
        self.estimate = self.inner(type(q)(logits=self.leaves), cost, context)
        return self.estimate

    def gradient(self) -> Tensor:
        """The last estimate of the logits' gradient, ``[B, n(, k)]``, with the estimator's own scale taken out."""
        (gradient,) = torch.autograd.grad(self.estimate.surrogate.sum(), self.leaves)
        return gradient if self.estimate.scale is None else gradient / self.estimate.scale
