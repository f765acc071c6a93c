"""The check suite can fail: each known mistake is caught by the check that is named beside it.

A mistake is a subclass of a small right estimator and differs from it in one place. The right one passes the same
check, so that the check fails for the mistake and not for something else. All are written from the formulas, so that
they share no code with the estimators of the benchmark.
"""

from __future__ import annotations

import math
from typing import ClassVar

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from estimators import Bernoulli, Distribution, Estimate, Estimator, Latent
from estimators.checks import check_estimator
from estimators.estimator import Cost, CostKind, Deeper, Objective, total

BITS = Latent("bernoulli", 4)
CLASSES = Latent("categorical", 2, k=4)


class Right(Estimator):
    """REINFORCE in small pieces, each of which can be got wrong."""

    unbiased = True
    citation = "Williams 1992"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = self.sample(q)
        at_z = Estimate.of(cost(z))
        surrogate = self.log_prob(q, z) * self.signal(at_z.value) + at_z.surrogate
        return Estimate(surrogate, at_z.value, at_z.auxiliary)

    def sample(self, q: Distribution) -> Tensor:
        return q.sample()

    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        return q.log_prob(z)

    def signal(self, value: Tensor) -> Tensor:
        return value


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


class ScoreWithoutNormaliser(Right):
    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        return q.sum_event(z * q.logits)


class SoftplusByHand(Right):
    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        return q.sum_event(z * q.logits - torch.log(1 + q.logits.exp()))


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


class ValueOfTheMean(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return Estimate(estimate.surrogate, Estimate.of(cost(q.mean, deeper="mean")).value, estimate.auxiliary)


class ValueWithGradient(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return Estimate(estimate.surrogate, estimate.value + 0 * estimate.surrogate, estimate.auxiliary)


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


class LosesTheDeeperAuxiliary(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return Estimate(estimate.surrogate, estimate.value)


class RightStraightThrough(Estimator):
    """Straight-through."""

    unbiased = False
    citation = "Bengio, Léonard & Courville 2013"

    @property
    def exact_for(self) -> CostKind:
        return "multilinear"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.sample() + q.mean - q.mean.detach()))


class StraightThroughClaimsHardCodes(RightStraightThrough):
    hard_codes = True


class StraightThroughClaimsQuadratic(RightStraightThrough):
    @property
    def exact_for(self) -> CostKind:
        return "quadratic"


class StraightThroughClaimsNoBias(RightStraightThrough):
    unbiased = True


class RightGumbelSoftmax(Estimator):
    """Gumbel-Softmax at temperature 1."""

    unbiased = False
    citation = "Jang, Gu & Poole 2017"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.relax(q.noise(), 1.0)))


class TemperatureOfTheOtherFamily(RightGumbelSoftmax):
    """Half the temperature for bits, as if their logistic noise were a difference of two Gumbel draws at 2 tau."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.relax(q.noise(), 0.5 if isinstance(q, Bernoulli) else 1.0)))


class RelaxationClaimsNoBias(RightGumbelSoftmax):
    unbiased = True


class RightLearned(Estimator):
    """REINFORCE with a learned baseline that is linear in the context, and a running mean."""

    unbiased = True
    citation = "Mnih & Gregor 2014"
    running: Tensor

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        self.baseline = nn.Linear(context_size, 1) if context_size else None
        self.register_buffer("running", torch.zeros(()))

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        at_z = Estimate.of(cost(z))
        if self.baseline is None or context is None:
            return Estimate(q.log_prob(z) * at_z.value + at_z.surrogate, at_z.value, at_z.auxiliary)
        predicted = self.baseline(self.seen(context)).squeeze(-1)
        signal = self.centred(at_z.value - predicted)
        surrogate = q.log_prob(z) * self.constant(signal) + at_z.surrogate
        return Estimate(surrogate, at_z.value, total([self.objective_of(signal, at_z), at_z.auxiliary]))

    def seen(self, context: Tensor) -> Tensor:
        return context.detach()

    def centred(self, residual: Tensor) -> Tensor:
        centred = residual - self.running
        if self.training:
            self.running.mul_(0.9).add_(0.1 * residual.detach().mean())
        return centred

    def constant(self, signal: Tensor) -> Tensor:
        return signal.detach()

    def objective_of(self, signal: Tensor, at_z: Estimate) -> Tensor:
        return signal.square().mean()


class SurrogateReachesTheBaseline(RightLearned):
    def constant(self, signal: Tensor) -> Tensor:
        return signal


class AuxiliaryReachesTheContext(RightLearned):
    def seen(self, context: Tensor) -> Tensor:
        return context


class AuxiliaryReachesTheCost(RightLearned):
    def objective_of(self, signal: Tensor, at_z: Estimate) -> Tensor:
        return (signal + at_z.surrogate - at_z.value).square().mean()


class AuxiliaryClimbs(RightLearned):
    def objective_of(self, signal: Tensor, at_z: Estimate) -> Tensor:
        return -signal.square().mean()


class TrainsNothing(RightLearned):
    def objective_of(self, signal: Tensor, at_z: Estimate) -> Tensor:
        return signal.detach().square().mean()


class StateOutsideBuffers(RightLearned):
    mean = 0.0

    def centred(self, residual: Tensor) -> Tensor:
        centred = residual - self.mean
        self.mean = 0.9 * self.mean + 0.1 * residual.detach().mean().item()
        return centred


class RightDisARM(Estimator):
    """g = 1/2 (f(b1) - f(b2)) (b1 - b2) sigma(|alpha|) with an antithetic pair of bits."""

    unbiased = True
    families = frozenset({"bernoulli"})
    citation = "Dong, Mnih & Tucker 2020"

    @property
    def cost_evaluations(self) -> int:
        return 2

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        u = q.uniform()
        pair = torch.stack([u < q.mean, 1 - u < q.mean]).to(u)
        at_pair = Estimate.of(cost(pair))
        difference = (at_pair.value[0] - at_pair.value[1]).unsqueeze(-1)
        gradient = self.share * difference * (pair[0] - pair[1]) * torch.sigmoid(self.argument(q.logits))
        surrogate = q.sum_event(gradient.detach() * q.logits) + at_pair.surrogate.mean(0)
        return Estimate(surrogate, at_pair.value.mean(0), at_pair.auxiliary)

    share = 0.5

    def argument(self, logits: Tensor) -> Tensor:
        return logits.abs()


class DisARMWithoutTheHalf(RightDisARM):
    share = 1.0


class DisARMWithoutTheAbsoluteValue(RightDisARM):
    def argument(self, logits: Tensor) -> Tensor:
        return logits


class RightRLOO(Estimator):
    """g = 1/(S-1) sum_s (f_s - mean f) s(z_s) with S = 4."""

    unbiased = True
    citation = "Kool, van Hoof & Welling 2019"
    divisor = 3

    @property
    def cost_evaluations(self) -> int:
        return 4

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample(4)
        at_z = Estimate.of(cost(z))
        signal = (at_z.value - self.baseline(at_z.value)) / self.divisor
        surrogate = (q.log_prob(z) * signal).sum(0) + at_z.surrogate.mean(0)
        return Estimate(surrogate, at_z.value.mean(0), at_z.auxiliary)

    def baseline(self, value: Tensor) -> Tensor:
        return value.mean(0)


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


class RightMuProp(Estimator):
    """g = [f(z) - f(mu) - J (z - mu)] s(z) + D[J]."""

    unbiased = True
    citation = "Gu, Levine, Sutskever & Mnih 2016"

    @property
    def cost_evaluations(self) -> int:
        return 2

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        at_z = Estimate.of(cost(z))
        at_mean, slope = value_and_slope(cost, q.mean.detach(), "mean")
        signal = at_z.value - at_mean - q.sum_event(slope * (z - q.mean.detach()))
        surrogate = q.log_prob(z) * signal + at_z.surrogate + self.correction(q, cost, slope)
        return Estimate(surrogate, at_z.value, at_z.auxiliary)

    def correction(self, q: Distribution, cost: Cost, slope: Tensor) -> Tensor:
        return q.sum_event(slope * q.mean)


class MuPropWithoutCorrection(RightMuProp):
    def correction(self, q: Distribution, cost: Cost, slope: Tensor) -> Tensor:
        return torch.zeros_like(q.sum_event(slope))


class MuPropReachesTheDecoder(RightMuProp):
    @property
    def cost_evaluations(self) -> int:
        return 3

    def correction(self, q: Distribution, cost: Cost, slope: Tensor) -> Tensor:
        return Estimate.of(cost(q.mean, deeper="mean")).surrogate


class RightREBAR(Estimator):
    """g = [f(b) - f(sigma(z~))] s(b) + grad [f(sigma(z)) - f(sigma(z~))] at temperature 1/2 and scale 1."""

    unbiased = True
    citation = "Tucker, Mnih, Maddison, Lawson & Sohl-Dickstein 2017"

    @property
    def cost_evaluations(self) -> int:
        return 3

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise = q.noise()
        b = q.hard(noise)
        at_b = Estimate.of(cost(b))
        free, conditional = q.relax(noise, 0.5), self.conditional(q, b)
        _, slope = value_and_slope(cost, free.detach(), "relaxed")
        value, conditional_slope = value_and_slope(cost, conditional.detach(), "relaxed")
        difference = q.sum_event(slope * free) - q.sum_event(conditional_slope * conditional)
        surrogate = q.log_prob(b) * (at_b.value - value) + difference + at_b.surrogate
        return Estimate(surrogate, at_b.value, at_b.auxiliary)

    def conditional(self, q: Distribution, b: Tensor) -> Tensor:
        return q.relax(q.conditional_noise(b), 0.5)


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


class RightARSM(Estimator):
    """g_c = sum_j (F_cj - mean_m F_mj) (1/K - w_j), w ~ Dirichlet(1), F_cj the cost after swapping w_c and w_j."""

    unbiased = True
    families = frozenset({"categorical"})
    citation = "Yin, Yue & Zhou 2019"

    @property
    def cost_evaluations(self) -> int:
        return self.latent.k**2

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        k = self.latent.k
        exponential = -torch.log(q.uniform())
        w = exponential / exponential.sum(-1, keepdim=True)
        swaps = torch.arange(k).repeat(k, k, 1)
        for c in range(k):
            for j in range(k):
                swaps[c, j, c], swaps[c, j, j] = j, c
        swapped = torch.stack([w[..., swap] for swap in swaps.reshape(k * k, k)])
        codes = F.one_hot((swapped.log() - q.logits.detach()).argmin(-1), k).to(w)
        at_codes = Estimate.of(cost(codes))
        table = at_codes.value.reshape(k, k, *at_codes.value.shape[1:])
        centred = (table - table.mean(0))[..., None, None] * (1 / k - w.movedim(-1, 0).unsqueeze(-1))
        gradient = self.over_swaps(centred).squeeze(-1).movedim(0, -1)
        surrogate = q.sum_event(gradient.detach() * q.logits) + at_codes.surrogate[0]
        return Estimate(surrogate, at_codes.value[0], at_codes.auxiliary)

    def over_swaps(self, terms: Tensor) -> Tensor:
        return terms.sum(1)


class ARSMWithTheMean(RightARSM):
    def over_swaps(self, terms: Tensor) -> Tensor:
        return terms.mean(1)


class RightVIMCO(Estimator):
    """sum_s (L - L_-s) s(z_s) + sum_s w~_s grad log w_s with two samples; L_-s is the other sample's log-weight."""

    unbiased = True
    citation = "Mnih & Rezende 2016"
    objective: ClassVar[Objective] = "multi_sample_bound"
    path = 1.0

    @property
    def cost_evaluations(self) -> int:
        return 2

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample(2)
        at_z = Estimate.of(cost(z))
        log_q = q.log_prob(z)
        log_w = -at_z.value - log_q.detach()
        bound = torch.logsumexp(log_w, 0) - math.log(2)
        score = ((bound - log_w.flip(0)) * log_q).sum(0)
        weighted = torch.softmax(log_w, 0)
        path = (weighted * (-at_z.surrogate - self.path * log_q)).sum(0)
        return Estimate(-score - path, -bound, at_z.auxiliary)


class VIMCOWithoutPath(RightVIMCO):
    path = 0.0


def value_and_slope(cost: Cost, code: Tensor, deeper: Deeper) -> tuple[Tensor, Tensor]:
    """The cost at a code and its gradient in the code, both constants."""
    with torch.no_grad():
        value, pull_back, *_ = torch.func.vjp(lambda code: Estimate.of(cost(code, deeper=deeper)).surrogate, code)
        (slope,) = pull_back(torch.ones_like(value))
    return value, slope


MISTAKES: list[tuple[type[Estimator], str, Latent]] = [
    (CentredOnItsBatch, "independent_rows", BITS),
    (NormalisedOnItsBatch, "independent_rows", BITS),
    (BaselineFromAnotherExample, "independent_rows", CLASSES),
    (ClippedSignal, "shifted_cost", BITS),
    (BranchesOnAValue, "replicas", BITS),
    (SharesNoiseInTheBatch, "unbiased_logits", BITS),
    (ScoreWithoutNormaliser, "class_gradients_sum_to_zero", CLASSES),
    (ScoreWithoutNormaliser, "constant_cost", BITS),
    (ScoreWithoutNormaliser, "unbiased_logits", BITS),
    (SoftplusByHand, "extreme_logits", BITS),
    (ClaimsNoNoise, "noiseless_where_claimed", BITS),
    (ClaimsNoNoise, "constant_cost", CLASSES),
    (ClaimsNoNoise, "shifted_cost", CLASSES),
    (DeclaredBiasedWithoutBias, "bias_is_real", BITS),
    (NoCitation, "class_facts", BITS),
    (CountsTooFew, "cost_evaluations", BITS),
    (ChangesItsInput, "inputs_unchanged", BITS),
    (SinglePrecision, "dtype", BITS),
    (SumsOverTheBatch, "batch_shapes", BITS),
    (ValueOfTheMean, "value", BITS),
    (ValueWithGradient, "value", BITS),
    (ForgetsTheCostsOwnGradient, "unbiased_cost_parameters", BITS),
    (ForgetsTheCostsOwnGradient, "two_layers", BITS),
    (SignalWithGradient, "unbiased_cost_parameters", BITS),
    (LosesTheDeeperAuxiliary, "deeper_auxiliary", BITS),
    (StraightThroughClaimsHardCodes, "hard_codes_where_claimed", BITS),
    (StraightThroughClaimsHardCodes, "hard_codes_where_claimed", CLASSES),
    (StraightThroughClaimsQuadratic, "exact_where_claimed", BITS),
    (StraightThroughClaimsNoBias, "unbiased_logits", CLASSES),
    (TemperatureOfTheOtherFamily, "two_classes_are_bernoulli", BITS),
    (RelaxationClaimsNoBias, "unbiased_cost_parameters", BITS),
    (SurrogateReachesTheBaseline, "separate_parameters", BITS),
    (AuxiliaryReachesTheContext, "separate_parameters", BITS),
    (AuxiliaryReachesTheCost, "separate_parameters", BITS),
    (TrainsNothing, "separate_parameters", BITS),
    (AuxiliaryClimbs, "auxiliary_lowers_variance", BITS),
    (StateOutsideBuffers, "state_dict", BITS),
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
]


def outcomes(estimator: type[Estimator], check: str, latent: Latent) -> list[str]:
    return [result.status for result in check_estimator(estimator, latents=[latent], only=[check])]


def name(value: object) -> str:
    return value.__name__ if isinstance(value, type) else str(value)


@pytest.mark.parametrize(("mistake", "check", "latent"), MISTAKES, ids=name)
def test_the_check_catches_the_mistake(mistake: type[Estimator], check: str, latent: Latent):
    assert outcomes(mistake, check, latent) == ["failed"]


RIGHT = sorted({(mistake.__bases__[0], check, latent) for mistake, check, latent in MISTAKES}, key=str)


@pytest.mark.parametrize(("right", "check", "latent"), RIGHT, ids=name)
def test_the_same_estimator_without_the_mistake_passes(right: type[Estimator], check: str, latent: Latent):
    assert "failed" not in outcomes(right, check, latent)


def test_a_crash_is_a_failure_with_the_exceptions_message():
    class Crashes(Right):
        def signal(self, value: Tensor) -> Tensor:
            raise ZeroDivisionError("the estimator's own words")

    (result,) = check_estimator(Crashes, latents=[BITS], only=["dtype"])
    assert result.status == "failed"
    assert "ZeroDivisionError: the estimator's own words" in result.details


def test_an_estimator_that_accepts_no_latent_fails():
    class Bits(Right):
        families = frozenset({"bernoulli"})

    (result,) = check_estimator(Bits, latents=[CLASSES])
    assert result.status == "failed"
    assert "Bits exists for bernoulli latents only" in result.details


def test_a_bias_that_noise_would_hide_is_a_failure():
    class Noisy(Right):
        def signal(self, value: Tensor) -> Tensor:
            return value + 1e4

    (result,) = check_estimator(Noisy, latents=[BITS], only=["unbiased_logits"])
    assert result.status == "failed"
    assert "cannot be seen" in result.details
