"""Wrong for sizes that small tests do not have: many variables or classes, more samples, other batches."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from estimators import Bernoulli, Cost, Distribution, Estimate, Estimator, Latent
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import BITS, CLASSES, Right, RightGumbelSoftmax, RightStraightThrough
from tests.estimators.planted.right_samples import RightRLOO


class EightVariablesAtMost(Right):
    """Variables from the ninth on get no gradient."""

    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        if isinstance(q, Bernoulli):
            return Bernoulli(logits=q.logits[..., :8]).log_prob(z[..., :8])
        return q.log_prob(z)


class MeanOverManyVariables(Right):
    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        return q.log_prob(z) * min(1.0, 8 / self.latent.n)


class SixClassesAtMost(Right):
    """The last classes of a longer list share one gradient."""

    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        if self.latent.k <= 6:
            return q.log_prob(z)
        used = torch.cat([z[..., :6], 0 * z[..., 6:]], -1)
        return q.sum_event(used * torch.log_softmax(q.logits, -1))


class EvenNumbersOnly(Right):
    """Variables come in pairs; the last one of an odd number is left out."""

    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        n = self.latent.n
        if n == 1 or n % 2 == 0:
            return q.log_prob(z)
        variable = -q.event_dims
        return type(q)(logits=q.logits.narrow(variable, 0, n - 1)).log_prob(z.narrow(variable, 0, n - 1))


class TemperatureTimesVariables(RightGumbelSoftmax):
    """Relaxed ever more as the layer grows."""

    temperature = 0.5

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.relax(q.noise(), self.temperature * max(1.0, self.latent.n / 4))))


class StraightThroughOverManyVariables(RightStraightThrough):
    """The path is a mean over variables where there are many."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        path = q.mean * min(1.0, 4 / self.latent.n)
        return Estimate.of(cost(q.sample() + path - path.detach()))


class Samples(RightRLOO):
    """RLOO with a number of samples."""

    def __init__(self, latent: Latent, context_size: int | None = None, samples: int = 2) -> None:
        super().__init__(latent, context_size)
        self.samples = samples

    @property
    def cost_evaluations(self) -> int:
        return self.samples

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample(self.samples)
        at_z = Estimate.of(cost(z))
        signal = self.signal(at_z.value)
        return Estimate((q.log_prob(z) * signal + at_z.surrogate).mean(0), at_z.value.mean(0), at_z.auxiliary)

    def signal(self, value: Tensor) -> Tensor:
        """The cost minus the mean of the others'."""
        return (value - value.mean(0)) * self.samples / (self.samples - 1)


class AlwaysTwice(Samples):
    """S / (S - 1) is 2 for two samples only."""

    def signal(self, value: Tensor) -> Tensor:
        return (value - value.mean(0)) * 2


class BestOfTheOthers(Samples):
    """The lowest of the others is their mean for two samples; for more it is still a right baseline, the own is not."""

    def signal(self, value: Tensor) -> Tensor:
        return value - value.flip(0) if self.samples == 2 else value - value.min(0).values


class SumOfSamples(Samples):
    def signal(self, value: Tensor) -> Tensor:
        return super().signal(value) * (self.samples / 2)


class WrongForTwo(Samples):
    """A default of four samples hides that two are wrong."""

    def __init__(self, latent: Latent, context_size: int | None = None, samples: int = 4) -> None:
        super().__init__(latent, context_size, samples)

    def signal(self, value: Tensor) -> Tensor:
        return super().signal(value) if self.samples > 2 else value - value.mean(0)


class FirstBatchDimension(Right):
    """A batch of two dimensions is taken for samples of a batch: the noise is shared."""

    def sample(self, q: Distribution) -> Tensor:
        if len(q.batch_shape) < 2:
            return q.sample()
        noise = q.noise()
        return q.hard(noise[:, :1].expand_as(noise))


class ScoreByPlaces(Right):
    """The code is read as if it lay in memory as the logits do."""

    def log_prob(self, q: Distribution, z: Tensor) -> Tensor:
        if q.logits.is_contiguous():
            return q.log_prob(z)
        strided = z.contiguous().view(-1).as_strided(q.logits.shape, q.logits.stride())
        return q.log_prob(strided)


class NoiseInSinglePrecision(Right):
    def sample(self, q: Distribution) -> Tensor:
        u = torch.rand(q.logits.shape)
        noise = torch.logit(u) if isinstance(q, Bernoulli) else -torch.log(-torch.log(u))
        return q.hard(noise.to(q.logits))


class NoiseRoundedToSinglePrecision(RightGumbelSoftmax):
    temperature = 0.5

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.relax(q.noise().float().double(), self.temperature)))


class HalfPrecisionConstant(Right):
    """A constant for float32 is wrong."""

    def signal(self, value: Tensor) -> Tensor:
        return value if value.dtype == torch.float64 else 0.9 * value


class CoarseNoiseInSinglePrecision(Right):
    """Right in float64; in float32 the uniform numbers have eight values, as if they came from three bits."""

    def sample(self, q: Distribution) -> Tensor:
        u = torch.rand_like(q.logits)
        if u.dtype == torch.float32:
            u = ((8 * u).floor() + 0.5) / 8
        return q.hard(torch.logit(u) if isinstance(q, Bernoulli) else -torch.log(-torch.log(u)))


class NoDecoderGradientInSinglePrecision(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        if q.logits.dtype == torch.float64:
            return estimate
        value = estimate.value.detach()
        at_z = Estimate.of(cost(self.sample(q)))
        return Estimate(estimate.surrogate - at_z.surrogate + at_z.value.detach(), value, estimate.auxiliary)


class TwiceInSinglePrecisionAndTraining(Right):
    def signal(self, value: Tensor) -> Tensor:
        return 2 * value if self.training and value.dtype == torch.float32 else value


class FlooredValueInSinglePrecision(Right):
    """The reported value is rounded to whole nats, downwards."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        value = estimate.value if estimate.value.dtype == torch.float64 else estimate.value.floor()
        return Estimate(estimate.surrogate, value, estimate.auxiliary)


class ClippedSignal(Right):
    """Differences of more than 20 nats do not count."""

    def signal(self, value: Tensor) -> Tensor:
        return value.clamp(-20, 120)


class SquashedSignal(RightRLOO):
    """Centred, so that a shift does not show it."""

    def baseline(self, value: Tensor) -> Tensor:
        return value - 20 * torch.tanh((value - value.mean(0)) / 20) if value.std() > 5 else value.mean(0)


class GradientClippedByNorm(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        at_z = Estimate.of(cost(z))
        signal = at_z.value / (at_z.value.abs() / 30).clamp(min=1)
        return Estimate(q.log_prob(z) * signal + at_z.surrogate, at_z.value, at_z.auxiliary)


class PositiveCosts(Right):
    """f = exp(log f), which loses negative costs."""

    def signal(self, value: Tensor) -> Tensor:
        return value.clamp(min=math.exp(-5)).log().exp()


@planted(
    [
        (EightVariablesAtMost, "larger_layer", BITS),
        (MeanOverManyVariables, "larger_layer", BITS),
        (SixClassesAtMost, "larger_layer", CLASSES),
        (EvenNumbersOnly, "larger_layer", BITS),
        (EvenNumbersOnly, "larger_layer", CLASSES),
        (TemperatureTimesVariables, "larger_layer", BITS),
        (StraightThroughOverManyVariables, "larger_layer", BITS),
        (AlwaysTwice, "other_settings", BITS),
        (BestOfTheOthers, "other_settings", CLASSES),
        (SumOfSamples, "other_settings", BITS),
        (WrongForTwo, "other_settings", CLASSES),
        (FirstBatchDimension, "independent_examples", BITS),
        (ScoreByPlaces, "batch_layout", BITS),
        (ScoreByPlaces, "batch_layout", CLASSES),
        (NoiseInSinglePrecision, "full_precision", BITS),
        (NoiseInSinglePrecision, "full_precision", CLASSES),
        (NoiseRoundedToSinglePrecision, "full_precision", BITS),
        (HalfPrecisionConstant, "single_precision", BITS),
        (CoarseNoiseInSinglePrecision, "single_precision", BITS),
        (CoarseNoiseInSinglePrecision, "single_precision", CLASSES),
        (NoDecoderGradientInSinglePrecision, "single_precision", BITS),
        (TwiceInSinglePrecisionAndTraining, "single_precision", CLASSES),
        (FlooredValueInSinglePrecision, "single_precision", BITS),
        (ClippedSignal, "larger_costs", BITS),
        (SquashedSignal, "larger_costs", CLASSES),
        (GradientClippedByNorm, "larger_costs", BITS),
        (PositiveCosts, "larger_costs", BITS),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome
