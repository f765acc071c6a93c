"""The gradient of the logits that an estimator produces inside a model."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator


class Recorder(Estimator):
    """Calls an estimator at a detached copy of the logits, to obtain the gradient of its surrogate there."""

    unbiased = False
    citation = "none"
    attached: Tensor
    """The logits that the model computed."""
    leaves: Tensor
    """The detached copy."""
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
        """The last estimate of the logits' gradient, ``[B, n(, k)]``, with the estimator's scale divided out."""
        (gradient,) = torch.autograd.grad(self.estimate.surrogate.sum(), self.leaves)
        return gradient if self.estimate.scale is None else gradient / self.estimate.scale
