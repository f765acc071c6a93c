"""Facts that a class states and that are not so."""

from __future__ import annotations

from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator, Latent
from estimators.estimator import CostKind
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import BITS, CLASSES, Right, RightGumbelSoftmax, RightStraightThrough


class ClaimsNoNoise(Right):
    @property
    def noiseless_for(self) -> CostKind:
        return "constant"


class DeclaredBiasedWithoutBias(Right):
    unbiased = False


class NoCitation(Right):
    citation = ""


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


@planted(
    [
        (ClaimsNoNoise, "noiseless_where_claimed", BITS),
        (ClaimsNoNoise, "constant_cost", CLASSES),
        (ClaimsNoNoise, "shifted_cost", CLASSES),
        (DeclaredBiasedWithoutBias, "bias_is_real", BITS),
        (NoCitation, "class_facts", BITS),
        (CountsTooFew, "cost_evaluations", BITS),
        (ValueOfTheMean, "value", BITS),
        (ValueWithGradient, "value", BITS),
        (StraightThroughClaimsHardCodes, "hard_codes_where_claimed", BITS),
        (StraightThroughClaimsHardCodes, "hard_codes_where_claimed", CLASSES),
        (StraightThroughClaimsQuadratic, "exact_where_claimed", BITS),
        (StraightThroughClaimsNoBias, "unbiased_logits", CLASSES),
        (RelaxationClaimsNoBias, "unbiased_cost_parameters", BITS),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome
