"""Facts that a class states and that are not so."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator, Latent
from estimators.estimator import CostKind
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import BITS, CLASSES, Right, RightGumbelSoftmax, RightStraightThrough
from tests.estimators.planted.right_samples import RightRLOO


class ClaimsNoNoise(Right):
    @property
    def noiseless_for(self) -> CostKind:
        return "constant"


class DeclaredBiasedWithoutBias(Right):
    unbiased = False


class NoCitation(Right):
    citation = ""


class PerhapsAnInferenceNetwork(Right):
    inference_network = "yes"  # type: ignore[assignment]


class CountsTooFew(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        Estimate.of(cost(q.sample()))
        return super().forward(q, cost, context)


class ValueOfTheMean(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return Estimate(estimate.surrogate, Estimate.of(cost(q.mean, deeper="mean")).value, estimate.auxiliary)


class ValueWithGradient(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return Estimate(estimate.surrogate, estimate.value + 0 * estimate.surrogate, estimate.auxiliary)


class StraightThroughClaimsHardCodes(RightStraightThrough):
    hard_codes = True


class StraightThroughClaimsQuadratic(RightStraightThrough):
    @property
    def exact_for(self) -> CostKind:
        return "quadratic"


class StraightThroughClaimsNoBias(RightStraightThrough):
    unbiased = True


class RelaxationClaimsNoBias(RightGumbelSoftmax):
    unbiased = True


class RightNormalised(RightRLOO):
    """RLOO, shrunk by a constant factor that it reports."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample(4)
        at_z = Estimate.of(cost(z))
        scale = self.scale(at_z.value)
        signal = (at_z.value - at_z.value.mean(0)) / self.divisor * scale
        surrogate = (q.log_prob(z) * signal).sum(0) + at_z.surrogate.mean(0)
        return Estimate(surrogate, at_z.value.mean(0), at_z.auxiliary, self.reported(scale))

    def scale(self, value: Tensor) -> Tensor:
        return value.new_tensor(0.25)

    def reported(self, scale: Tensor) -> Tensor:
        return scale


class NormalisedByItsSamples(RightNormalised):
    """(f - mean) / std over the samples of the example: no constant, whatever is reported."""

    def scale(self, value: Tensor) -> Tensor:
        return 1 / value.std(0).clamp(min=1)


class NormalisedByItsBatch(RightNormalised):
    def scale(self, value: Tensor) -> Tensor:
        return 1 / (value.std() + 1)


class ScaleThatDividesByChance(RightNormalised):
    def scale(self, value: Tensor) -> Tensor:
        return 0.5 + 0.5 * torch.rand_like(value[0])


class TwiceWithAScaleOfTwo(RightNormalised):
    def scale(self, value: Tensor) -> Tensor:
        return value.new_tensor(2.0)


class ScaleWithTheWrongSign(RightNormalised):
    def scale(self, value: Tensor) -> Tensor:
        return value.new_tensor(-1.0)


class ScaleOfEachSample(RightNormalised):
    def reported(self, scale: Tensor) -> Tensor:
        return scale.expand(4)


class MoreEvaluationsWithoutAContext(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        if context is None:
            Estimate.of(cost(q.sample()))
        return super().forward(q, cost, context)


class MoreEvaluationsForOneExample(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        if not q.batch_shape:
            Estimate.of(cost(q.sample()))
        return super().forward(q, cost, context)


class MoreEvaluationsLater(Right):
    """A second evaluation once there have been ten calls."""

    calls = 0

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        self.calls += 1
        if self.calls > 10:
            Estimate.of(cost(q.sample()))
        return super().forward(q, cost, context)


class SameAsRLOO(RightRLOO):
    """Four samples, and rloo is configured with two."""

    @property
    def same_as(self) -> str | None:
        return "rloo" if self.claims else None

    claims = True


class SameAsNobody(RightRLOO):
    @property
    def same_as(self) -> str | None:
        return "rlooo"


class SameAsReinMax(RightStraightThrough):
    @property
    def same_as(self) -> str | None:
        return "reinmax"


class SameAsGumbelSoftmax(RightGumbelSoftmax):
    """At half the temperature."""

    temperature = 0.5

    @property
    def same_as(self) -> str | None:
        return "st_gumbel_softmax"


class UnbiasedWithoutAClassSum(Right):
    zero_class_sum = "none"


class SumsToZeroInTheMeanOnly(Right):
    """Right in the mean, and declared as if it were so in each estimate."""

    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        noise = torch.randn_like(q.logits)
        return q.log_prob(z) + q.sum_event(0.1 * noise * q.logits) / self.signal_size

    signal_size = 3.0


class AnotherForwardTemperature(RightStraightThrough):
    """Codes from softmax(2 logits): another objective, which is not declared."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(type(q)(logits=2 * q.logits).sample() + q.mean - q.mean.detach()))


class ForwardAtTheMode(RightStraightThrough):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.hard(torch.zeros_like(q.logits)) + q.mean - q.mean.detach()))


@planted(
    [
        (ClaimsNoNoise, "noiseless_where_claimed", BITS),
        (ClaimsNoNoise, "constant_cost", CLASSES),
        (ClaimsNoNoise, "shifted_cost", CLASSES),
        (DeclaredBiasedWithoutBias, "bias_is_real", BITS),
        (NoCitation, "class_facts", BITS),
        (PerhapsAnInferenceNetwork, "class_facts", BITS),
        (CountsTooFew, "cost_evaluations", BITS),
        (ValueOfTheMean, "value", BITS),
        (ValueWithGradient, "value", BITS),
        (StraightThroughClaimsHardCodes, "hard_codes_where_claimed", BITS),
        (StraightThroughClaimsHardCodes, "hard_codes_where_claimed", CLASSES),
        (StraightThroughClaimsQuadratic, "exact_where_claimed", BITS),
        (StraightThroughClaimsNoBias, "unbiased_logits", CLASSES),
        (RelaxationClaimsNoBias, "unbiased_cost_parameters", BITS),
        (NormalisedByItsSamples, "scale", BITS),
        (NormalisedByItsBatch, "scale", BITS),
        (ScaleThatDividesByChance, "scale", CLASSES),
        (TwiceWithAScaleOfTwo, "scale", BITS),
        (ScaleWithTheWrongSign, "scale", BITS),
        (ScaleOfEachSample, "scale", BITS),
        (MoreEvaluationsWithoutAContext, "cost_evaluations", BITS),
        (MoreEvaluationsForOneExample, "cost_evaluations", CLASSES),
        (MoreEvaluationsLater, "cost_evaluations", BITS),
        (SameAsRLOO, "same_as", BITS),
        (SameAsNobody, "same_as", BITS),
        (SameAsReinMax, "same_as", CLASSES),
        (SameAsGumbelSoftmax, "same_as", BITS),
        (UnbiasedWithoutAClassSum, "class_facts", CLASSES),
        (SumsToZeroInTheMeanOnly, "class_gradients_sum_to_zero", CLASSES),
        (AnotherForwardTemperature, "value", BITS),
        (AnotherForwardTemperature, "unbiased_cost_parameters", CLASSES),
        (ForwardAtTheMode, "value", CLASSES),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome
