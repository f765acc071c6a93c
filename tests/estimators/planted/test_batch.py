"""Examples that are not independent of each other, and inputs that are not kept to."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator, Latent
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import BITS, CLASSES, Right


class CentredOnItsBatch(Right):
    def signal(self, value: Tensor) -> Tensor:
        return value - value.mean()


class NormalisedOnItsBatch(Right):
    def signal(self, value: Tensor) -> Tensor:
        return value / value.std(correction=0).clamp(min=1)


class BaselineFromAnotherExample(Right):
    def signal(self, value: Tensor) -> Tensor:
        return value - value.flatten().roll(1).reshape(value.shape)


class ClippedSignal(Right):
    def signal(self, value: Tensor) -> Tensor:
        return value.clamp(max=10)


class BranchesOnAValue(Right):
    def signal(self, value: Tensor) -> Tensor:
        return value if value.mean() > -1e9 else -value


class SharesNoiseInTheBatch(Right):
    def sample(self, q: Distribution) -> Tensor:
        first = q.noise().flatten(0, -q.event_dims - 1)[0]
        return q.hard(first.expand_as(q.logits))


class SoftplusByHand(Right):
    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        return q.sum_event(z * q.logits - torch.log(1 + q.logits.exp()))


class ChangesItsInput(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        with torch.no_grad():
            q.logits.sub_(0.1)
        return super().forward(q, cost, context)


class SinglePrecision(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return Estimate(estimate.surrogate.float(), estimate.value, estimate.auxiliary)


class SumsOverTheBatch(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return Estimate(estimate.surrogate.sum(), estimate.value, estimate.auxiliary)


@planted(
    [
        (CentredOnItsBatch, "independent_rows", BITS),
        (NormalisedOnItsBatch, "independent_rows", BITS),
        (BaselineFromAnotherExample, "independent_rows", CLASSES),
        (ClippedSignal, "shifted_cost", BITS),
        (BranchesOnAValue, "replicas", BITS),
        (SharesNoiseInTheBatch, "unbiased_logits", BITS),
        (SoftplusByHand, "extreme_logits", BITS),
        (ChangesItsInput, "inputs_unchanged", BITS),
        (SinglePrecision, "dtype", BITS),
        (SumsOverTheBatch, "batch_shapes", BITS),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome
