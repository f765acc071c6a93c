"""Shipped biased estimators that differ in one place: in their noise, or where probabilities are small."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate
from estimators.diffusion import ReDGE
from estimators.relaxation import GumbelSoftmax, HardConcrete, SpikeAndExponential
from estimators.straight_through import ReinMax, StraightThrough, with_path
from estimators.straight_through_gumbel import (
    DecoupledStraightThroughGumbelSoftmax,
    GappedStraightThrough,
    GumbelRao,
    StraightThroughGumbelSoftmax,
)

# Fresh noise in the backward pass.


class FreshNoise(StraightThroughGumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(with_path(q.hard(q.noise()), q.relax(q.noise(), self.temperature))))


class FreshNoiseDecoupled(DecoupledStraightThroughGumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = type(q)(logits=q.logits / self.forward_temperature).sample()
        return Estimate.of(cost(with_path(z, q.relax(q.noise(), self.backward_temperature))))


class FreshNoiseRelaxed(GumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        forward, backward = (q.relax(q.noise(), self.temperature) for _ in range(2))
        return Estimate.of(cost(with_path(forward, backward)))


class UnconditionalNoise(GumbelRao):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        noise = q.noise(self.conditional_samples)
        return q.tangent(q.relax(noise, self.temperature)).mean(0) / self.temperature


class FreshCode(ReinMax):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return super().path(q, q.sample())


class FreshGap(GappedStraightThrough):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return super().path(q, q.sample())


class FreshSpike(SpikeAndExponential):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        codes: list[Tensor] = []
        for _ in range(2):
            super().forward(q, lambda z, deeper="sample": codes.append(z) or z.sum(-1), context)
        return Estimate.of(cost(with_path(*codes)))


# Where probabilities are small, in training mode, and other noise.


class ClippedProbabilities(StraightThrough):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return super().path(q, z).clamp(0.01, 0.99)


class ClippedLogits(ReinMax):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return super().path(type(q)(logits=q.logits.clamp(-4, 4)), z)


class EpsilonInTheLogarithms(GumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        u = q.uniform()
        e = 0.03
        noise = torch.log(u + e) - torch.log(1 - u + e) if q.event_dims == 1 else -torch.log(e - torch.log(u + e))
        return Estimate.of(cost(q.relax(noise, self.temperature)))


class NoiseForgottenInTraining(StraightThroughGumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise = q.noise()
        seen = torch.zeros_like(noise) if self.training else noise
        return Estimate.of(cost(with_path(q.hard(noise), q.relax(seen, self.temperature))))


class SharpInEvaluation(GumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        temperature = self.temperature if self.training else 0.5 * self.temperature
        return Estimate.of(cost(q.relax(q.noise(), temperature)))


class StretchForgottenInTheGradient(HardConcrete):
    def substitute(self, q: Distribution) -> Tensor:
        z = super().substitute(q)
        return z.detach() + (z - z.detach()) / (self.high - self.low)


class GradientThroughTheCut(HardConcrete):
    """As if codes outside of [0, 1] were not cut off, for the gradient."""

    def substitute(self, q: Distribution) -> Tensor:
        stretched = self.low + (self.high - self.low) * q.relax(q.noise(), self.temperature)
        return with_path(stretched.clamp(0, 1), stretched)


class StretchToOneSide(HardConcrete):
    def substitute(self, q: Distribution) -> Tensor:
        return (self.high * q.relax(q.noise(), self.temperature)).clamp(0, 1)


class GradientOfTheLastStepOnly(ReDGE):
    def given(self, q: Distribution, x: Tensor, alpha: float) -> Distribution:
        return super().given(q, x.detach(), alpha)


class DeviationNotSquared(ReDGE):
    def given(self, q: Distribution, x: Tensor, alpha: float) -> Distribution:
        return q.at(q.log_mean + alpha / (1 - alpha) * x)


class HalfOfTheNoise(ReDGE):
    def denoised(self, q: Distribution, x: Tensor) -> Distribution:
        return super().denoised(q, x / 2)


class OneSampleForAll(GumbelRao):
    """The same conditional noise R times: the mean is right."""

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        noise = q.detach().conditional_noise(z)
        return q.tangent(q.detach().relax(noise, self.temperature)) / self.temperature
