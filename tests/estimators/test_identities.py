"""What the formulas say of single estimators and pairs of them, one line each."""

from __future__ import annotations

from functools import partial

import pytest
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Latent
from estimators.antithetic import ARM, ARMS, ARSM, DisARM, StickBreakingDisARM
from estimators.categorical_arms import CARMS
from estimators.deterministic import MeanField
from estimators.exact import Enumeration
from estimators.minimal_variance import MinimalVariance
from estimators.rebar import REBAR, RELAX
from estimators.relaxation import GumbelSoftmax
from estimators.score_function import NVIL, RLOO, Reinforce
from estimators.stein import RODEO, DoubleCV
from estimators.straight_through import Darn, ReinMax, SlopeAnnealedStraightThrough, StraightThrough
from estimators.straight_through_gumbel import (
    DecoupledStraightThroughGumbelSoftmax,
    GumbelRao,
    StraightThroughGumbelSoftmax,
)
from estimators.sum_and_sample import SumAndSample
from estimators.unordered_set import UnorderedSet
from tests.estimators.identities import (
    BITS,
    CLASSES,
    Identity,
    ReinforceByNoise,
    equal_in_distribution,
    equal_to_bernoulli,
    exact,
    near,
    no_more_variance,
    same_draws,
    vanishing,
)

IDENTITIES: list[Identity] = [
    same_draws("NVIL that has seen no cost is REINFORCE", NVIL, Reinforce),
    same_draws("slope-annealed ST at slope 1 is ST", SlopeAnnealedStraightThrough, StraightThrough),
    vanishing("at slope 1e-4 no gradient is left", partial(SlopeAnnealedStraightThrough, slope=1e-4), 5e-3),
    same_draws("ST on linear costs is enumeration", StraightThrough, Enumeration, kind="linear"),
    near("GS at temperature 0.02 has little bias", partial(GumbelSoftmax, temperature=0.02), Enumeration, 0.03),
    no_more_variance("GS varies more when colder", GumbelSoftmax, partial(GumbelSoftmax, temperature=0.2)),
    vanishing("at temperature 1e3 GS has no gradient left", partial(GumbelSoftmax, temperature=1e3), 5e-3),
    vanishing("nor has ST-GS", partial(StraightThroughGumbelSoftmax, temperature=1e3), 5e-3),
    no_more_variance("DisARM varies no more than ARM", DisARM, ARM, BITS),
    equal_in_distribution("ARMS with two samples is DisARM", partial(ARMS, samples=2), DisARM, BITS),
    equal_to_bernoulli("ARSM with two classes is ARM", ARSM, ARM),
    equal_to_bernoulli("stick-breaking DisARM with two classes is DisARM", StickBreakingDisARM, DisARM),
    equal_to_bernoulli("CARMS with two samples of two classes is DisARM", partial(CARMS, samples=2), DisARM),
    no_more_variance("CARMS varies no more than RLOO with as many samples", CARMS, partial(RLOO, samples=4), CLASSES),
    exact("all classes but one summed over are exact", partial(SumAndSample, top=4), (Latent("categorical", 1, k=5),)),
    same_draws("MVE at weight 1e-14 is ST", partial(MinimalVariance, weight=1e-14), StraightThrough),
    no_more_variance("MVE at weight 10 varies less than ReinMax", partial(MinimalVariance, weight=10.0), ReinMax),
    exact("mean field is exact on linear costs", MeanField, kind="linear"),
    same_draws("REBAR with scale 0 is REINFORCE", partial(REBAR, scale=0.0), ReinforceByNoise),
    same_draws("RELAX untrained and with scale 0 is REINFORCE", partial(RELAX, scale=0.0), ReinforceByNoise),
    same_draws("RELAX untrained is REBAR", RELAX, REBAR),
    same_draws("double CV untrained is RLOO", DoubleCV, RLOO, BITS),
    same_draws("RODEO untrained is RLOO", RODEO, RLOO, BITS),
    exact(
        "an unordered set of every class is exact", partial(UnorderedSet, samples=5), (Latent("categorical", 1, k=5),)
    ),
    same_draws("ReinMax of bits at temperature 1 is DARN", ReinMax, Darn, BITS),
    equal_in_distribution(
        "Gumbel-Rao with one conditional sample is ST-GS",
        partial(GumbelRao, temperature=0.5, conditional_samples=1),
        partial(StraightThroughGumbelSoftmax, temperature=0.5),
    ),
    near("Gumbel-Rao tends to ReinMax as it cools", partial(GumbelRao, temperature=0.01), ReinMax, 0.04),
    same_draws(
        "decoupled ST-GS with forward temperature 1 is ST-GS",
        partial(DecoupledStraightThroughGumbelSoftmax, backward_temperature=0.7),
        partial(StraightThroughGumbelSoftmax, temperature=0.7),
    ),
]
CASES = [
    pytest.param(
        identity,
        latent,
        id=f"{identity.statement} [{latent.family}]",
        marks=() if place == number % len(identity.latents) else pytest.mark.slow,
    )
    for number, identity in enumerate(IDENTITIES)
    for place, latent in enumerate(identity.latents)
]
"""Each on one latent, on the other one by the slow tests."""


@pytest.mark.parametrize(("identity", "latent"), CASES)
def test_identity(identity: Identity, latent: Latent):
    found = identity.test(latent)
    assert found.holds, str(found)


class TemperatureForgotten(GumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.relax(q.noise(), 1.0)))


WRONG = [
    same_draws("another number of samples", partial(RLOO, samples=2), partial(RLOO, samples=4), BITS),
    exact("an unordered set of some", partial(UnorderedSet, samples=3), (Latent("categorical", 1, k=5),)),
    equal_in_distribution("the same mean, another variance", ARM, DisARM, BITS),
    equal_in_distribution("another mean", StraightThrough, ReinMax, BITS),
    equal_to_bernoulli("another variance than that of bits", ARSM, DisARM),
    no_more_variance("the wrong way around", ARM, DisARM, BITS),
    near("a bias", StraightThrough, Enumeration, 0.03, BITS),
    vanishing("a temperature that is not used", partial(TemperatureForgotten, temperature=1e3), 5e-3),
]


@pytest.mark.parametrize("identity", WRONG, ids=lambda identity: identity.statement)
def test_a_statement_that_is_wrong_fails(identity: Identity):
    assert not any(identity.test(latent).holds for latent in identity.latents)
