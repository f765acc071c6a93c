"""Small right estimators in pieces, each of which can be got wrong.

All are written from the formulas, so that they share no code with the estimators of the benchmark.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor, nn

from estimators import Cost, Deeper, Distribution, Estimate, Estimator, Latent
from estimators.estimator import CostKind, Objective, total

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
        first = (swapped.log() - q.logits.detach()).argmin(-1, keepdim=True)
        codes = torch.zeros_like(swapped).scatter(-1, first, 1.0)
        at_codes = Estimate.of(cost(codes))
        table = at_codes.value.reshape(k, k, *at_codes.value.shape[1:])
        weighted = self.centred(table)[..., None, None] * (1 / k - w.movedim(-1, 0).unsqueeze(-1))
        gradient = self.over_swaps(weighted).squeeze(-1).movedim(0, -1)
        surrogate = q.sum_event(gradient.detach() * q.logits) + at_codes.surrogate[0]
        return Estimate(surrogate, at_codes.value[0], at_codes.auxiliary)

    def centred(self, table: Tensor) -> Tensor:
        return table - table.mean(0)

    def over_swaps(self, terms: Tensor) -> Tensor:
        return terms.sum(1)


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


def value_and_slope(cost: Cost, code: Tensor, deeper: Deeper) -> tuple[Tensor, Tensor]:
    """The cost at a code and its gradient in the code, both constants."""
    with torch.no_grad():
        value, pull_back, *_ = torch.func.vjp(lambda code: Estimate.of(cost(code, deeper=deeper)).surrogate, code)
        (slope,) = pull_back(torch.ones_like(value))
    return value, slope
