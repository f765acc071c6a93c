"""The exact distribution of an estimator whose only randomness is its codes: one estimate for every tuple of codes."""

from __future__ import annotations

from dataclasses import dataclass
from unittest import mock

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator
from estimators.latents import FAMILIES, Family


@dataclass(frozen=True)
class EveryCode:
    """Rows of estimates with their probabilities.

    Attributes:
        weight: ``[rows]``, sums to 1.
        codes: ``[samples, rows, n(, k)]``.
        gradient: ``[rows, n(, k)]``, that of the logits.
        estimate: as the estimator returned it, batch ``[rows]``.
    """

    weight: Tensor
    codes: Tensor
    gradient: Tensor
    estimate: Estimate

    @property
    def mean(self) -> Tensor:
        return torch.tensordot(self.weight, self.gradient, 1)


def every_code(
    estimator: Estimator, family: Family, logits: Tensor, cost: Cost, samples: int | None = None
) -> EveryCode:
    """Estimates at every tuple of ``samples`` codes for the logits ``[n(, k)]`` of one example.

    Without ``samples`` the estimator draws one code and no dimension for it.
    """
    one = FAMILIES[family](logits=logits)
    support = one.support()
    tuples = torch.cartesian_prod(*[torch.arange(len(support))] * (samples or 1)).reshape(-1, samples or 1)
    codes = support[tuples].movedim(1, 0)
    weight = one.log_prob(support).exp()[tuples].prod(-1)
    q = FAMILIES[family](logits=logits.expand(len(tuples), *logits.shape).clone().requires_grad_())
    with mock.patch.object(q, "sample", return_value=codes if samples else codes[0]):
        estimate = estimator(q, cost)
    (gradient,) = torch.autograd.grad(estimate.surrogate.sum(), q.logits, retain_graph=True)
    return EveryCode(weight, codes, gradient, estimate)


def exact_gradient(q: Distribution, cost: Cost) -> Tensor:
    """Gradient of E_q[cost] in the logits ``[n(, k)]`` of one example."""
    logits = q.logits.detach().requires_grad_()
    again = type(q)(logits=logits)
    z = again.support()
    (gradient,) = torch.autograd.grad((again.log_prob(z).exp() * Estimate.of(cost(z)).value).sum(), logits)
    return gradient
