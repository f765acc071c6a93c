"""Clamps and epsilons: invisible where probabilities are moderate, wrong where they are small."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Bernoulli, Cost, Distribution, Estimate, Estimator, Latent
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import BITS, CLASSES, Right, RightMuProp, RightStraightThrough
from tests.estimators.planted.right_samples import RightDisARM


class ClampedLogits(Right):
    limit = 8.0

    def clamped(self, q: Distribution) -> Distribution:
        return type(q)(logits=q.logits.clamp(-self.limit, self.limit))

    def sample(self, q: Distribution) -> Tensor:
        return self.clamped(q).sample()

    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        return self.clamped(q).log_prob(z)


class GenerouslyClampedLogits(ClampedLogits):
    limit = 12.0


class ClampedLogitsInTheScoreOnly(ClampedLogits):
    def sample(self, q: Distribution) -> Tensor:
        return q.sample()


class ClampedProbabilities(Right):
    """log of probabilities that are kept off 0 and 1."""

    epsilon = 1e-3

    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        prob = q.mean.clamp(self.epsilon, 1 - self.epsilon)
        if isinstance(q, Bernoulli):
            return q.sum_event(z * prob.log() + (1 - z) * (1 - prob).log())
        return q.sum_event(z * prob.log())


class BarelyClampedProbabilities(ClampedProbabilities):
    epsilon = 1e-6


class LogWithEpsilon(Right):
    epsilon = 1e-4

    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        log = (q.mean + self.epsilon).log()
        if isinstance(q, Bernoulli):
            return q.sum_event(z * log + (1 - z) * (1 - q.mean + self.epsilon).log())
        return q.sum_event(z * log)


class LogWithSmallEpsilon(LogWithEpsilon):
    epsilon = 1e-6


class LogWithTinyEpsilon(LogWithEpsilon):
    epsilon = 1e-8


class NoiseWithEpsilon(Right):
    """Gumbel or logistic noise that is cut off at the epsilon inside its logarithms."""

    epsilon = 1e-3

    def sample(self, q: Distribution) -> Tensor:
        u = self.epsilon + (1 - 2 * self.epsilon) * torch.rand_like(q.logits)
        return q.hard(torch.logit(u) if isinstance(q, Bernoulli) else -torch.log(-torch.log(u)))


class NoiseWithSmallEpsilon(NoiseWithEpsilon):
    epsilon = 1e-6


class NoiseFromAnIntervalInside(Right):
    """As torch.distributions keeps float32 off 0 and 1."""

    epsilon = 1.2e-7

    def sample(self, q: Distribution) -> Tensor:
        u = torch.empty_like(q.logits).uniform_(self.epsilon, 1 - self.epsilon)
        return q.hard(torch.logit(u) if isinstance(q, Bernoulli) else -torch.log(-torch.log(u)))


class NoiseClampedInside(Right):
    epsilon = 1.2e-7

    def sample(self, q: Distribution) -> Tensor:
        u = torch.rand_like(q.logits).clamp(self.epsilon, 1 - self.epsilon)
        return q.hard(torch.logit(u) if isinstance(q, Bernoulli) else -torch.log(-torch.log(u)))


class NoiseByExponential(Right):
    """Right: Gumbel noise from exponential draws."""

    def sample(self, q: Distribution) -> Tensor:
        if isinstance(q, Bernoulli):
            return torch.bernoulli(q.mean)
        return q.hard(-torch.empty_like(q.logits).exponential_().log())


class ExponentialWithEpsilon(NoiseByExponential):
    epsilon = 1e-3

    def sample(self, q: Distribution) -> Tensor:
        if isinstance(q, Bernoulli):
            return torch.bernoulli(q.mean.clamp(self.epsilon, 1 - self.epsilon))
        return q.hard(-(torch.empty_like(q.logits).exponential_() + self.epsilon).log())


class ExponentialWithSmallEpsilon(ExponentialWithEpsilon):
    epsilon = 1e-6


class DisARMWithClampedLogits(RightDisARM):
    def argument(self, logits: Tensor) -> Tensor:
        return logits.abs().clamp(max=1.5)


class MuPropWithClampedScore(RightMuProp):
    def correction(self, q: Distribution, cost: Cost, slope: Tensor) -> Tensor:
        return q.sum_event(slope * q.mean.clamp(1e-2, 1 - 1e-2))


class StraightThroughClamped(RightStraightThrough):
    """The path stops where the probability leaves [0.01, 0.99]."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        path = q.mean.clamp(0.01, 0.99)
        return Estimate.of(cost(q.sample() + path - path.detach()))


class DividesByProbabilityPlusEpsilon(Right):
    """z / (p + epsilon) - ..., the score by hand."""

    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        if isinstance(q, Bernoulli):
            score = (z - q.mean) / (q.mean * (1 - q.mean) + 1e-5)
            return q.sum_event(score.detach() * q.mean)
        return q.sum_event((z / (q.mean + 1e-5)).detach() * q.mean)


@planted(
    [
        (ClampedLogits, "rare_classes", BITS),
        (ClampedLogits, "rare_classes", CLASSES),
        (GenerouslyClampedLogits, "rare_classes", BITS),
        (ClampedLogitsInTheScoreOnly, "rare_classes", BITS),
        (ClampedProbabilities, "rare_classes", BITS),
        (ClampedProbabilities, "rare_classes", CLASSES),
        (BarelyClampedProbabilities, "rare_classes", BITS),
        (BarelyClampedProbabilities, "rare_classes", CLASSES),
        (LogWithEpsilon, "rare_classes", BITS),
        (LogWithSmallEpsilon, "rare_classes", BITS),
        (LogWithSmallEpsilon, "rare_classes", CLASSES),
        (LogWithTinyEpsilon, "rare_classes", BITS),
        (LogWithTinyEpsilon, "rare_classes", CLASSES),
        (NoiseWithEpsilon, "rare_classes", BITS),
        (NoiseWithEpsilon, "rare_classes", CLASSES),
        (NoiseWithSmallEpsilon, "rare_classes", BITS),
        (NoiseWithSmallEpsilon, "rare_classes", CLASSES),
        (NoiseFromAnIntervalInside, "rare_classes", BITS),
        (NoiseFromAnIntervalInside, "rare_classes", CLASSES),
        (NoiseClampedInside, "rare_classes", BITS),
        (NoiseClampedInside, "rare_classes", CLASSES),
        (ExponentialWithEpsilon, "rare_classes", BITS),
        (ExponentialWithEpsilon, "rare_classes", CLASSES),
        (ExponentialWithSmallEpsilon, "rare_classes", BITS),
        (ExponentialWithSmallEpsilon, "rare_classes", CLASSES),
        (DisARMWithClampedLogits, "rare_classes", BITS),
        (MuPropWithClampedScore, "rare_classes", BITS),
        (StraightThroughClamped, "rare_classes", CLASSES),
        (DividesByProbabilityPlusEpsilon, "rare_classes", BITS),
        (DividesByProbabilityPlusEpsilon, "rare_classes", CLASSES),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome
