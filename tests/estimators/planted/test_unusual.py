"""Right but unusual estimators, none of which the suite may flag."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from estimators import DecoupledStraightThroughGumbelSoftmax, Distribution, Estimate, Estimator, Latent
from estimators.checks import check_estimator
from estimators.control_variates import follow_variance
from estimators.estimator import Cost, total


class ImportanceWeighted(Estimator):
    """g = w(z) f(z) s(z) with z ~ r, a flatter distribution, and w = q / r; ``value`` is w(z) f(z)."""

    unbiased = True
    citation = "unusual"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        proposal = type(q)(q.logits.detach() / 2)
        z = proposal.sample()
        weight = (q.log_prob(z) - proposal.log_prob(z)).detach().exp()
        at_z = Estimate.of(cost(z))
        surrogate = weight * (q.log_prob(z) * at_z.value + at_z.surrogate)
        return Estimate(surrogate, weight * at_z.value, at_z.auxiliary)


class UncentredARSM(Estimator):
    """g_c = sum_j F_cj (1/k - w_j): the class gradients sum to zero in the mean only."""

    unbiased = True
    families = frozenset({"categorical"})
    citation = "Yin, Yue & Zhou 2019"
    zero_class_sum = "mean"

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
        codes = q.hard(-torch.stack([w[..., swap] for swap in swaps.reshape(k * k, k)]).log())
        at_codes = Estimate.of(cost(codes))
        table = at_codes.value.reshape(k, k, *at_codes.value.shape[1:])
        gradient = torch.einsum("cj...,...nj->...nc", table, 1 / k - w)
        return Estimate(q.linear(gradient) + at_codes.surrogate.mean(0), at_codes.value.mean(0), at_codes.auxiliary)


class RELAXOnNoisyLogits(Estimator):
    """RELAX as published: c is a network on logits + noise, not on the relaxed code."""

    unbiased = True
    hard_codes = True
    citation = "Grathwohl, Choi, Wu, Roeder & Duvenaud 2018"
    zero_class_sum = "mean"

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        self.control = nn.Sequential(nn.Linear(latent.size, 10), nn.Tanh(), nn.Linear(10, 1))

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise, uniform = q.noise(), q.uniform()
        b = q.hard(noise)
        at_b = Estimate.of(cost(b))

        def gradient(own: Any) -> Tensor:
            def controls(logits: Tensor) -> tuple[Tensor, Tensor]:
                at = type(q)(logits)
                both = torch.stack([logits + noise, logits + at.conditional_noise(b, uniform)])
                free, conditional = torch.func.functional_call(
                    self.control, dict(own), (self.latent.flatten(both),)
                ).squeeze(-1)
                return free - conditional, conditional

            (difference, conditional), pull_back, *_ = torch.func.vjp(controls, q.logits.detach())
            (direct,) = pull_back((torch.ones_like(difference), torch.zeros_like(conditional)))
            signal = (at_b.value - conditional).reshape(*at_b.value.shape, *[1] * q.event_dims)
            return signal * (b - q.mean.detach()) + direct

        drawn, auxiliary = follow_variance(self.control, gradient, q)
        return Estimate(q.linear(drawn) + at_b.surrogate, at_b.value, total([auxiliary, at_b.auxiliary]))


class IdentityStraightThrough(Estimator):
    """The gradient of the code is that of the logits, without the derivative of the sigmoid or softmax."""

    unbiased = False
    citation = "Hinton 2012; Bengio, Léonard & Courville 2013"
    zero_class_sum = "none"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.sample() + q.logits - q.logits.detach()))


class AtTheMode(Estimator):
    """The most probable code forward, the mean backward; nothing is drawn."""

    unbiased = False
    citation = "unusual"

    def objective_distribution(self, q: Distribution) -> Distribution:
        return type(q)(1e6 * q.logits)

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        mode = q.hard(torch.zeros_like(q.logits))
        return Estimate.of(cost(mode + q.mean - q.mean.detach()))


UNUSUAL: dict[str, Any] = {
    "importance weights": ImportanceWeighted,
    "uncentred ARSM": UncentredARSM,
    "RELAX on noisy logits": RELAXOnNoisyLogits,
    "identity straight-through": IdentityStraightThrough,
    "at the mode": AtTheMode,
    "another forward temperature": partial(DecoupledStraightThroughGumbelSoftmax, forward_temperature=0.5),
}


@pytest.mark.parametrize("estimator", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_a_right_but_unusual_estimator_is_not_flagged(estimator: Any):
    assert [str(result) for result in check_estimator(estimator) if result.status == "failed"] == []
