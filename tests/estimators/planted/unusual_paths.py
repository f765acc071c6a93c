"""Right but unusual estimators that differentiate a path through the code."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator
from estimators.estimator import CostKind
from tests.estimators.planted.right import RightGumbelSoftmax, RightStraightThrough


class IdentityStraightThrough(RightStraightThrough):
    """The gradient of the code is that of the logits, without the derivative of the sigmoid or softmax."""

    citation = "Hinton 2012; Bengio, Léonard & Courville 2013"
    zero_class_sum = "none"

    @property
    def exact_for(self) -> CostKind | None:
        return None

    def path(self, q: Distribution) -> Tensor:
        return q.logits


class ClippedIdentity(IdentityStraightThrough):
    """The identity where the logits lie in [-1, 1], no gradient elsewhere."""

    def path(self, q: Distribution) -> Tensor:
        return q.logits.clamp(-1, 1)


class AtTheMode(Estimator):
    """The most probable code forward, the mean backward; nothing is drawn."""

    unbiased = False
    citation = "unusual"

    def objective_distribution(self, q: Distribution) -> Distribution:
        return type(q)(logits=1e6 * q.logits)

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        mode = q.hard(torch.zeros_like(q.logits))
        return Estimate.of(cost(mode + q.mean - q.mean.detach()))


class MeanField(Estimator):
    """The cost at the mean; no noise at all."""

    unbiased = False
    citation = "unusual"

    @property
    def exact_for(self) -> CostKind:
        return "multilinear"

    @property
    def noiseless_for(self) -> CostKind:
        return "multilinear"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.mean, deeper="mean"))


class HardConcrete(RightGumbelSoftmax):
    """A relaxed code that is stretched and cut at 0 and 1, so that some of its entries are hard."""

    families = frozenset({"bernoulli"})
    citation = "Louizos, Welling & Kingma 2018"

    def code(self, q: Distribution) -> Tensor:
        return (q.relax(q.noise(), 2 / 3) * 1.2 - 0.1).clamp(0, 1)


class FourRelaxedCodes(Estimator):
    """The mean over several relaxed codes."""

    unbiased = False
    citation = "unusual"

    @property
    def cost_evaluations(self) -> int:
        return 4

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        at_z = Estimate.of(cost(q.relax(q.noise(4), 0.7)))
        return Estimate(at_z.surrogate.mean(0), at_z.value.mean(0), at_z.auxiliary)
