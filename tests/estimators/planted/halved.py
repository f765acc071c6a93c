"""An estimator that fails one check."""

from __future__ import annotations

import torch

from estimators import Cost, Distribution, Estimate
from estimators.score_function import Reinforce


class Halved(Reinforce):
    """The gradient of the logits is half of what it should be."""

    def at(self, z: torch.Tensor, q: Distribution, cost: Cost) -> Estimate:
        estimate = super().at(z, q, cost)
        return Estimate(estimate.surrogate - 0.5 * q.log_prob(z) * estimate.value, estimate.value, estimate.auxiliary)


def expected_of(estimator: object) -> dict[str, str]:
    return {"unbiased_logits": "half on purpose"} if estimator is Halved else {}
