"""Small right estimators of several codes, in pieces, each of which can be got wrong."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator
from estimators.estimator import Objective


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
