"""Right but unusual unbiased estimators of one code and its score function."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from estimators import Bernoulli, Cost, Distribution, Estimate, Estimator, Latent
from estimators.control_variates import follow_variance
from estimators.estimator import total
from estimators.left_out import LeftOut
from tests.estimators.planted.right import Right, RightLearned


class ImportanceWeighted(Estimator):
    """g = w(z) f(z) s(z) with z ~ r, a flatter distribution, and w = q / r; ``value`` is w(z) f(z)."""

    unbiased = True
    citation = "unusual"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        proposal = type(q)(logits=q.logits.detach() / 2)
        z = proposal.sample()
        weight = (q.log_prob(z) - proposal.log_prob(z)).detach().exp()
        at_z = Estimate.of(cost(z))
        surrogate = weight * (q.log_prob(z) * at_z.value + at_z.surrogate)
        return Estimate(surrogate, weight * at_z.value, at_z.auxiliary)


class RELAXOnNoisyLogits(Estimator):
    """RELAX as published: c is a network on logits + noise, not on the relaxed code."""

    unbiased = True
    hard_codes = True
    citation = "Grathwohl, Choi, Wu, Roeder & Duvenaud 2018"
    zero_class_sum = "mean"

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        self.control = nn.Sequential(nn.Linear(latent.size, 10), nn.Tanh(), nn.Linear(10, 1))
        self.left_out = LeftOut()

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise, uniform = q.noise(), q.uniform()
        b = q.hard(noise)
        at_b = Estimate.of(cost(b))

        def gradient(own: Any) -> Tensor:
            def controls(logits: Tensor) -> tuple[Tensor, Tensor]:
                at = type(q)(logits=logits)
                both = torch.stack([logits + noise, logits + at.conditional_noise(b, uniform)])
                free, conditional = torch.func.functional_call(
                    self.control, dict(own), (self.latent.flatten(both),)
                ).squeeze(-1)
                return free - conditional, conditional

            (difference, conditional), pull_back, *_ = torch.func.vjp(controls, q.logits.detach())
            (direct,) = pull_back((torch.ones_like(difference), torch.zeros_like(conditional)))
            signal = (at_b.value - conditional).reshape(*at_b.value.shape, *[1] * q.event_dims)
            return signal * (b - q.mean.detach()) + direct

        drawn, auxiliary = follow_variance(self.control, self.left_out, gradient, q)
        return Estimate(q.linear(drawn) + at_b.surrogate, at_b.value, total([auxiliary, at_b.auxiliary]))


class Exploring(Estimator):
    """REINFORCE for a mixture of q with the uniform distribution, which is the objective's."""

    unbiased = True
    hard_codes = True
    citation = "unusual"

    def objective_distribution(self, q: Distribution) -> Distribution:
        if isinstance(q, Bernoulli):
            return Bernoulli(logits=torch.logit(0.9 * q.mean + 0.05))
        return type(q)(logits=(0.9 * q.mean + 0.1 / self.latent.k).log())

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        mixture = self.objective_distribution(q)
        z = mixture.sample()
        at_z = Estimate.of(cost(z))
        return Estimate(mixture.log_prob(z) * at_z.value + at_z.surrogate, at_z.value, at_z.auxiliary)


class ScaleOfTheContext(Estimator):
    """Every example has a scale of its own, which depends on its context."""

    unbiased = True
    citation = "unusual"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        at_z = Estimate.of(cost(z))
        scale = torch.full_like(at_z.value, 0.5) if context is None else torch.sigmoid(context.detach().sum(-1))
        return Estimate(q.log_prob(z) * at_z.value * scale + at_z.surrogate, at_z.value, at_z.auxiliary, scale)


class OtherGenerators(Right):
    """Bits from torch.bernoulli, Gumbel noise from exponential draws."""

    hard_codes = True

    def sample(self, q: Distribution) -> Tensor:
        if isinstance(q, Bernoulli):
            return torch.bernoulli(q.mean.detach())
        return q.hard(-torch.empty_like(q.logits).exponential_().log())


class BaselineWithDropout(RightLearned):
    """A learned baseline whose network is noisy in training mode."""

    hard_codes = True

    def network(self, context_size: int) -> nn.Module:
        return nn.Sequential(nn.Linear(context_size, 20), nn.Tanh(), nn.Dropout(0.2), nn.Linear(20, 1))
