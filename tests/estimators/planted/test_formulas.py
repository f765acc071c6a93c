"""Wrong formulas: the means are off."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Bernoulli, Cost, Deeper, Distribution, Estimate, Estimator, Latent
from estimators.estimator import CostKind
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import (
    BITS,
    CLASSES,
    Right,
    RightGumbelSoftmax,
    RightMuProp,
    RightREBAR,
    value_and_slope,
)
from tests.estimators.planted.right_samples import RightARSM, RightDisARM, RightRLOO, RightVIMCO


class DisARMWithoutTheHalf(RightDisARM):
    share = 1.0


class DisARMWithoutTheAbsoluteValue(RightDisARM):
    def argument(self, logits: Tensor) -> Tensor:
        return logits


class RLOODividedByS(RightRLOO):
    """The same as a mean over samples with a baseline that includes the own sample."""

    divisor = 4


class RLOOWithTheBestSampleAsBaseline(RightRLOO):
    divisor = 4

    def baseline(self, value: Tensor) -> Tensor:
        return value.min(0).values


class RLOOWithOneCostForTheDecoder(RightRLOO):
    """The sum in place of the mean over samples for the parameters inside the cost."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        def summed(z: Tensor, deeper: Deeper = "sample") -> Estimate:
            at_z = Estimate.of(cost(z, deeper))
            return Estimate(4 * at_z.surrogate, at_z.value, at_z.auxiliary)

        return super().forward(q, summed, context)


class MuPropWithoutCorrection(RightMuProp):
    def correction(self, q: Distribution, cost: Cost, slope: Tensor) -> Tensor:
        return torch.zeros_like(q.sum_event(slope))


class MuPropReachesTheDecoder(RightMuProp):
    @property
    def cost_evaluations(self) -> int:
        return 3

    def correction(self, q: Distribution, cost: Cost, slope: Tensor) -> Tensor:
        return Estimate.of(cost(q.mean, deeper="mean")).surrogate


class REBARWithDetachedConditional(RightREBAR):
    def conditional(self, q: Distribution, b: Tensor) -> Tensor:
        return super().conditional(q, b).detach()


class REBARWithIndependentConditional(RightREBAR):
    """The noise is drawn for another code than b."""

    def conditional(self, q: Distribution, b: Tensor) -> Tensor:
        return super().conditional(q, q.sample())


class REBARWithUnnormalisedConditional(RightREBAR):
    """E_i / exp(logits_i) in place of E_i / pi_i."""

    def conditional(self, q: Distribution, b: Tensor) -> Tensor:
        exponential = -torch.log(q.uniform())
        first = (b * exponential).sum(-1, keepdim=True)
        perturbed = torch.where(b > 0.5, -first.log(), -(exponential / q.logits.exp() + first).log())
        return torch.softmax(perturbed / 0.5, -1)


class ARSMWithTheMean(RightARSM):
    def over_swaps(self, terms: Tensor) -> Tensor:
        return terms.mean(1)


class VIMCOWithoutPath(RightVIMCO):
    path = 0.0


class ScoreWithoutNormaliser(Right):
    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        return q.sum_event(z * q.logits)


class TemperatureOfTheOtherFamily(RightGumbelSoftmax):
    """Half the temperature for bits, as if their logistic noise were a difference of two Gumbel draws at 2 tau."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.relax(q.noise(), 0.5 if isinstance(q, Bernoulli) else 1.0)))


class ForgetsTheCostsOwnGradient(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        at_z = Estimate.of(cost(z))
        return Estimate(q.log_prob(z) * at_z.value + at_z.value, at_z.value, at_z.auxiliary)


class SignalWithGradient(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        at_z = Estimate.of(cost(z))
        return Estimate(q.log_prob(z) * at_z.surrogate + at_z.surrogate, at_z.value, at_z.auxiliary)


class RightDarn(Estimator):
    """DARN for bits: g = f'(z) (z - 1/2) s(z), the cost expanded at the sample."""

    unbiased = False
    families = frozenset({"bernoulli"})
    citation = "Gregor, Danihelka, Mnih, Blundell & Wierstra 2014"

    @property
    def cost_evaluations(self) -> int:
        return 2

    @property
    def exact_for(self) -> CostKind:
        return "quadratic"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        at_z = Estimate.of(cost(z))
        _, slope = value_and_slope(cost, self.expanded_at(z), "sample")
        score = (z - q.mean).detach()
        return Estimate(q.linear(slope * (z - 0.5) * score) + at_z.surrogate, at_z.value, at_z.auxiliary)

    def expanded_at(self, z: Tensor) -> Tensor:
        return z


class DarnAtTheCentre(RightDarn):
    """The expansion at 1/2, as it is printed in a paper that compares with DARN."""

    def expanded_at(self, z: Tensor) -> Tensor:
        return torch.full_like(z, 0.5)


@planted(
    [
        (ScoreWithoutNormaliser, "class_gradients_sum_to_zero", CLASSES),
        (ScoreWithoutNormaliser, "constant_cost", BITS),
        (ScoreWithoutNormaliser, "unbiased_logits", BITS),
        (ForgetsTheCostsOwnGradient, "unbiased_cost_parameters", BITS),
        (ForgetsTheCostsOwnGradient, "two_layers", BITS),
        (SignalWithGradient, "unbiased_cost_parameters", BITS),
        (TemperatureOfTheOtherFamily, "two_classes_are_bernoulli", BITS),
        (DisARMWithoutTheHalf, "unbiased_logits", BITS),
        (DisARMWithoutTheAbsoluteValue, "unbiased_logits", BITS),
        (RLOODividedByS, "unbiased_logits", BITS),
        (RLOOWithTheBestSampleAsBaseline, "unbiased_logits", CLASSES),
        (RLOOWithOneCostForTheDecoder, "unbiased_cost_parameters", CLASSES),
        (MuPropWithoutCorrection, "unbiased_logits", BITS),
        (MuPropReachesTheDecoder, "unbiased_cost_parameters", BITS),
        (REBARWithDetachedConditional, "unbiased_logits", BITS),
        (REBARWithIndependentConditional, "unbiased_logits", CLASSES),
        (REBARWithUnnormalisedConditional, "unbiased_logits", CLASSES),
        (REBARWithUnnormalisedConditional, "shifted_logits", CLASSES),
        (ARSMWithTheMean, "unbiased_logits", CLASSES),
        (VIMCOWithoutPath, "unbiased_logits", BITS),
        (DarnAtTheCentre, "exact_where_claimed", BITS),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome
