"""Small right estimators in pieces, each of which can be got wrong.

All are written from the formulas, so that they share no code with the estimators of the benchmark.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from estimators import Cost, Deeper, Distribution, Estimate, Estimator, Latent
from estimators.estimator import CostKind, total

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


class RightStraightThrough(Estimator):
    """Straight-through."""

    unbiased = False
    citation = "Bengio, Léonard & Courville 2013"

    @property
    def exact_for(self) -> CostKind | None:
        return "multilinear"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        path = self.path(q)
        return Estimate.of(cost(q.sample() + path - path.detach()))

    def path(self, q: Distribution) -> Tensor:
        return q.mean


class RightGumbelSoftmax(Estimator):
    """Gumbel-Softmax at temperature 1."""

    unbiased = False
    citation = "Jang, Gu & Poole 2017"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(self.code(q)))

    def code(self, q: Distribution) -> Tensor:
        return q.relax(q.noise(), 1.0)


class RightLearned(Estimator):
    """REINFORCE with a learned baseline that is linear in the context, and a running mean."""

    unbiased = True
    citation = "Mnih & Gregor 2014"
    running: Tensor

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        self.baseline: nn.Module | None = self.network(context_size) if context_size else None
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

    def network(self, context_size: int) -> nn.Module:
        return nn.Linear(context_size, 1)

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


def value_and_slope(cost: Cost, code: Tensor, deeper: Deeper) -> tuple[Tensor, Tensor]:
    """The cost at a code and its gradient in the code, both constants."""
    with torch.no_grad():
        value, pull_back, *_ = torch.func.vjp(lambda code: Estimate.of(cost(code, deeper=deeper)).surrogate, code)
        (slope,) = pull_back(torch.ones_like(value))
    return value, slope
