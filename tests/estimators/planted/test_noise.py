"""Noise that is shared or mirrored: right in the mean, wrong in the variance of a batch or of a training."""

from __future__ import annotations

import math
import random

import numpy
import torch
from torch import Tensor

from estimators import Bernoulli, Distribution, Estimate, Estimator, Latent
from estimators.estimator import Cost
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import BITS, CLASSES, Right, RightGumbelSoftmax, RightStraightThrough


def by_noise(q: Distribution, u: Tensor) -> Tensor:
    u = u.clamp(1e-12, 1 - 1e-12)
    return q.hard(torch.logit(u) if isinstance(q, Bernoulli) else -torch.log(-torch.log(u)))


def in_rows(q: Distribution, u: Tensor) -> Tensor:
    return u.reshape(-1, *q.logits.shape[-q.event_dims :])


class RightByNoise(Right):
    """REINFORCE with uniform numbers that can be got wrong."""

    def sample(self, q: Distribution) -> Tensor:
        u = torch.rand_like(q.logits)
        rows = in_rows(q, u)
        return by_noise(q, self.changed(rows).reshape(u.shape))

    def changed(self, u: Tensor) -> Tensor:
        """``[rows, n(, k)]``."""
        return u


class PairsOfExamples(RightByNoise):
    def changed(self, u: Tensor) -> Tensor:
        return u[torch.arange(len(u)) // 2]


class AntitheticNeighbours(RightByNoise):
    def changed(self, u: Tensor) -> Tensor:
        u = u[torch.arange(len(u)) // 2]
        odd = (torch.arange(len(u)) % 2).bool().reshape(-1, *[1] * (u.ndim - 1))
        return torch.where(odd, 1 - u, u)


class AntitheticHalves(RightByNoise):
    """The second half of the batch mirrors the first."""

    def changed(self, u: Tensor) -> Tensor:
        half = len(u) // 2
        return torch.cat([u[: len(u) - half], 1 - u[:half]])


class MirroredBatch(RightByNoise):
    def changed(self, u: Tensor) -> Tensor:
        half = len(u) // 2
        return torch.cat([u[: len(u) - half], u[:half].flip(0)])


class OneNoiseForTheBatch(RightByNoise):
    def changed(self, u: Tensor) -> Tensor:
        return u[:1].expand_as(u)


class ShiftedByTheExample(RightByNoise):
    """One draw for the batch, shifted by the number of the example: a lattice."""

    def changed(self, u: Tensor) -> Tensor:
        shift = torch.arange(len(u)).reshape(-1, *[1] * (u.ndim - 1)) * (math.sqrt(5) - 1) / 2
        return (u[:1] + shift) % 1


class TheSameSeed(RightByNoise):
    def sample(self, q: Distribution) -> Tensor:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return super().sample(q)


class AGeneratorThatStartsAnew(RightByNoise):
    def sample(self, q: Distribution) -> Tensor:
        generator = torch.Generator().manual_seed(3)
        return by_noise(q, torch.rand(q.logits.shape, dtype=q.logits.dtype, generator=generator))


class EverySecondCallMirrors(RightByNoise):
    last: Tensor | None = None

    def changed(self, u: Tensor) -> Tensor:
        if self.last is not None and self.last.shape == u.shape:
            mirrored, self.last = 1 - self.last, None
            return mirrored
        self.last = u.clone()
        return u


class NoiseOfNumpy(RightByNoise):
    def sample(self, q: Distribution) -> Tensor:
        return by_noise(q, torch.as_tensor(numpy.random.default_rng().random(q.logits.shape)).to(q.logits))


class NoiseOfPython(RightByNoise):
    def changed(self, u: Tensor) -> Tensor:
        return (u + random.random()) % 1


class RightStraightThroughByNoise(RightStraightThrough):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = by_noise(q, self.changed(torch.rand_like(q.logits), -q.event_dims))
        return Estimate.of(cost(z + q.mean - q.mean.detach()))

    def changed(self, u: Tensor, variable: int) -> Tensor:
        return u


class PairsOfVariables(RightStraightThroughByNoise):
    def changed(self, u: Tensor, variable: int) -> Tensor:
        return u.index_select(variable, torch.arange(u.shape[variable]) // 2 * 2)


class AntitheticVariables(RightStraightThroughByNoise):
    def changed(self, u: Tensor, variable: int) -> Tensor:
        first = u.narrow(variable, 0, 1)
        rest = u.narrow(variable, 1, u.shape[variable] - 1)
        return torch.cat([1 - rest.narrow(variable, 0, 1), rest], variable) if first.numel() else u


class RelaxedWithOneNoise(RightGumbelSoftmax):
    """All variables of a layer are relaxed with one draw."""

    temperature = 0.5

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise = q.noise()
        return Estimate.of(cost(q.relax(noise.narrow(-q.event_dims, 0, 1).expand_as(noise), self.temperature)))


class RightGumbelRao(Estimator):
    """Gumbel-Rao with one conditional draw at temperature 1/2."""

    unbiased = False
    citation = "Paulus, Maddison & Krause 2021"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z, constant = q.sample(), q.detach()
        relaxed = constant.relax(constant.conditional_noise(z, self.changed(q.uniform(), -q.event_dims)), 0.5)
        path = q.tangent(relaxed) / 0.5
        return Estimate.of(cost(z + path - path.detach()))

    def changed(self, u: Tensor, variable: int) -> Tensor:
        return u


class ConditionalNoiseForAll(RightGumbelRao):
    def changed(self, u: Tensor, variable: int) -> Tensor:
        return u.narrow(variable, 0, 1).expand_as(u)


class ConditionalNoiseInPairs(RightGumbelRao):
    def changed(self, u: Tensor, variable: int) -> Tensor:
        return u.index_select(variable, torch.arange(u.shape[variable]) // 2 * 2)


@planted(
    [
        (PairsOfExamples, "independent_examples", BITS),
        (AntitheticNeighbours, "independent_examples", BITS),
        (AntitheticNeighbours, "independent_examples", CLASSES),
        (AntitheticHalves, "independent_examples", BITS),
        (MirroredBatch, "independent_examples", CLASSES),
        (OneNoiseForTheBatch, "independent_examples", BITS),
        (ShiftedByTheExample, "independent_examples", BITS),
        (TheSameSeed, "new_in_each_call", BITS),
        (AGeneratorThatStartsAnew, "new_in_each_call", CLASSES),
        (EverySecondCallMirrors, "new_in_each_call", BITS),
        (NoiseOfNumpy, "follows_the_seed", BITS),
        (NoiseOfPython, "follows_the_seed", CLASSES),
        (PairsOfVariables, "independent_variables", BITS),
        (PairsOfVariables, "independent_variables", CLASSES),
        (AntitheticVariables, "independent_variables", BITS),
        (ConditionalNoiseForAll, "independent_gradients", BITS),
        (ConditionalNoiseForAll, "independent_gradients", CLASSES),
        (ConditionalNoiseInPairs, "independent_gradients", BITS),
        (RelaxedWithOneNoise, "independent_variables", BITS),
        (RelaxedWithOneNoise, "independent_variables", CLASSES),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome
