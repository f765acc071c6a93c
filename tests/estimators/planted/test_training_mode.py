"""Wrong in training mode only, where most codes are never tested."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator, Latent
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import BITS, CLASSES, Right, RightLearned, RightMuProp, RightStraightThrough
from tests.estimators.planted.right_samples import RightDisARM, RightRLOO


class TwiceInTraining(Right):
    def signal(self, value: Tensor) -> Tensor:
        return 2 * value if self.training else value


class FlooredInTraining(Right):
    """Costs below 1 nat are not followed, as if they were rewards that must be positive."""

    def signal(self, value: Tensor) -> Tensor:
        return value.clamp(min=1) if self.training else value


class NoDecoderGradientInTraining(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        if not self.training:
            return estimate
        with torch.no_grad():
            z = self.sample(q)
            at_z = Estimate.of(cost(z)).value
        return Estimate(q.log_prob(z) * at_z, at_z, estimate.auxiliary)

    @property
    def cost_evaluations(self) -> int:
        return 2


class HalfTheDecoderInTraining(RightDisARM):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        if not self.training:
            return estimate
        half = 0.5 * (Estimate.of(cost(q.sample())).surrogate)
        return Estimate(estimate.surrogate - half, estimate.value, estimate.auxiliary)


class RelaxedInTraining(RightStraightThrough):
    """The decoder is trained on relaxed codes and measured on hard ones."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        if self.training:
            return Estimate.of(cost(q.relax(q.noise(), 0.5)))
        return super().forward(q, cost, context)


class ColderInTraining(RightStraightThrough):
    """Codes are drawn from softmax(2 logits) in training."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        sharp = type(q)(logits=2 * q.logits) if self.training else q
        return Estimate.of(cost(sharp.sample() + q.mean - q.mean.detach()))


class NoBaselineInTraining(RightRLOO):
    """Right in the mean: the samples are not compared with each other."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        if not self.training:
            return super().forward(q, cost, context)
        z = q.sample(4)
        at_z = Estimate.of(cost(z))
        surrogate = (q.log_prob(z) * at_z.value + at_z.surrogate).mean(0)
        return Estimate(surrogate, at_z.value.mean(0), at_z.auxiliary)


class NoCorrectionInTraining(RightMuProp):
    def correction(self, q: Distribution, cost: Cost, slope: Tensor) -> Tensor:
        correction = super().correction(q, cost, slope)
        return 0 * correction if self.training else correction


class CentredByItsOwnBatchInTraining(RightLearned):
    """The running mean takes in this call's costs before it is subtracted from them."""

    def centred(self, residual: Tensor) -> Tensor:
        if self.training:
            self.running.mul_(0.1).add_(0.9 * residual.detach().mean())
        return residual - self.running


class ValueOfTheBaselineInTraining(RightLearned):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        if not self.training:
            return estimate
        return Estimate(estimate.surrogate, 0 * estimate.value + self.running, estimate.auxiliary)


@planted(
    [
        (TwiceInTraining, "training_mode", BITS),
        (TwiceInTraining, "training_mode", CLASSES),
        (FlooredInTraining, "training_mode", BITS),
        (NoDecoderGradientInTraining, "training_mode", BITS),
        (HalfTheDecoderInTraining, "training_mode", BITS),
        (RelaxedInTraining, "training_mode", BITS),
        (ColderInTraining, "training_mode", CLASSES),
        (NoBaselineInTraining, "training_mode", CLASSES),
        (NoCorrectionInTraining, "training_mode", BITS),
        (CentredByItsOwnBatchInTraining, "independent_rows", BITS),
        (ValueOfTheBaselineInTraining, "training_mode", BITS),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome


@pytest.mark.parametrize("check", ["unbiased_logits", "unbiased_cost_parameters"])
def test_the_same_mistake_is_invisible_in_evaluation_mode(check: str):
    assert outcome_of(TwiceInTraining, check, BITS) == "passed"
