"""Score-function estimators with coupled samples, negatively correlated to lower the variance."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from estimators.arguments import at_least
from estimators.distributions import Distribution
from estimators.estimator import (
    BERNOULLI_ONLY,
    CATEGORICAL_ONLY,
    Cost,
    CostKind,
    Estimate,
    Estimator,
    MultiSampleEstimator,
    NotApplicable,
)
from estimators.latents import Latent
from estimators.score_function import leave_one_out


class CoupledEstimator(Estimator):
    """Two codes, each with distribution q, that are not independent of each other."""

    unbiased = True
    hard_codes = True

    @property
    def cost_evaluations(self) -> int:
        return 2

    @property
    def noiseless_for(self) -> CostKind:
        return "constant"


class ARM(CoupledEstimator):
    """Augment-REINFORCE-merge: two codes from one uniform draw per bit.

    g = (f(z_1) - f(z_2)) (u - 1/2),  z_1 = 1[u > sigmoid(-logit)],  z_2 = 1[u < sigmoid(logit)],  u ~ U(0, 1).

    Yin & Zhou 2019, *ARM: Augment-REINFORCE-merge gradient for stochastic binary networks*, theorem 1. Unbiased. 2
    evaluations.
    """

    families = BERNOULLI_ONLY
    citation = "Yin & Zhou 2019"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise = q.noise()
        at_z = Estimate.of(cost(torch.stack([q.hard(noise), q.hard(-noise)])))
        difference = (at_z.value[0] - at_z.value[1]).unsqueeze(-1)
        return at_z.mean().with_gradient(q.linear(difference * (torch.sigmoid(noise) - 0.5)))


class DisARM(CoupledEstimator):
    """DisARM, also known as U2G: ARM averaged over the uniform draw given the two codes.

    g = 1/2 (f(z_1) - f(z_2)) (z_1 - z_2) sigmoid(|logit|),  (z_1, z_2) an antithetic pair as in ARM.

    Dong, Mnih & Tucker 2020, *DisARM: an antithetic gradient estimator for binary latent variables*; Yin, Ho, Yan, Qian
    & Zhou 2020, *Probabilistic best subset selection via gradient-based optimization* (U2G). Unbiased; its variance is
    at most that of ARM. 2 evaluations.
    """

    families = BERNOULLI_ONLY
    citation = "Dong, Mnih & Tucker 2020; Yin, Ho, Yan, Qian & Zhou 2020"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = antithetic_pair(q)
        at_z = Estimate.of(cost(z))
        return at_z.mean().with_gradient(q.linear(disarm(q, z, at_z.value)))


def antithetic_pair(q: Distribution) -> Tensor:
    """Two codes of bits from the same noise, once with the opposite sign: ``[2, *batch, n]``."""
    noise = q.noise()
    return torch.stack([q.hard(noise), q.hard(-noise)])


def disarm(q: Distribution, pair: Tensor, values: Tensor) -> Tensor:
    """g of :class:`DisARM`, ``[*batch, n]``, from an antithetic pair and its costs ``[2, *batch]``."""
    difference = (values[0] - values[1]).unsqueeze(-1)
    return 0.5 * difference * (pair[0] - pair[1]) * torch.sigmoid(q.logits.abs())


class CopulaEstimator(MultiSampleEstimator):
    """S samples, coupled by a Dirichlet copula in each bit drawn."""

    unbiased = True
    hard_codes = True

    def __init__(self, latent: Latent, context_size: int | None = None, samples: int = 4) -> None:
        super().__init__(latent, context_size, samples)

    @property
    def noiseless_for(self) -> CostKind:
        return "constant"

    def copula(self, uniform: Tensor) -> Tensor:
        """Coupled uniform numbers from independent ones: (1 - d)^(S - 1), d ~ Dirichlet(1, ..., 1); ``[S, ...]``."""
        exponential = -torch.log(uniform)
        return (1 - exponential / exponential.sum(0)) ** (self.samples - 1)

    def both_below(self, prob: Tensor) -> Tensor:
        """Probability that two of the coupled numbers lie below ``prob``: max(2 p^(1 / (S - 1)) - 1, 0)^(S - 1)."""
        return (2 * prob ** (1 / (self.samples - 1)) - 1).clamp(min=0) ** (self.samples - 1)


class ARMS(CopulaEstimator):
    """Antithetic REINFORCE with S samples, coupled by a Dirichlet copula.

    g = 1 / (S - 1) sum_s (f(z_s) - mean_r f(z_r)) (z_s - p) p (1 - p) / (p - P_11),

    d ~ Dirichlet(1, ..., 1), u = (1 - d)^(S - 1), z = 1[u < p] for p <= 1/2 (mirrored otherwise), and
    P_11 = P(z_s = z_r = 1), which is max(2 p^(1 / (S - 1)) - 1, 0)^(S - 1) for p <= 1/2.

    Dimitriev & Zhou 2021, *ARMS: antithetic-REINFORCE-multi-sample gradient for binary variables*. Unbiased; DisARM for
    S = 2. S evaluations.

    Args:
        samples: S, at least 2.
    """

    families = BERNOULLI_ONLY
    citation = "Dimitriev & Zhou 2021"

    @property
    def same_as(self) -> str | None:
        return "disarm" if self.samples == 2 else None

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        minor = torch.sigmoid(-q.logits.abs()).detach()  # the probability of the rarer value
        rarer = (self.copula(q.uniform(self.samples)) < minor).to(q.logits.dtype)
        z = torch.where(q.logits > 0, 1 - rarer, rarer)
        at_z = Estimate.of(cost(z))
        decoupling = (1 - minor) / (1 - self.both_below(minor) / minor.clamp(min=torch.finfo(minor.dtype).tiny))
        gradient = (leave_one_out(at_z.value).unsqueeze(-1) * (z - q.mean)).mean(0) * decoupling
        return at_z.mean().with_gradient(q.linear(gradient))


class StickBreakingDisARM(CoupledEstimator):
    """DisARM for categorical variables: each is broken into k - 1 bits, whose draws are antithetic.

    Stick logits phi_i = a_i - logsumexp(a_{i+1}, ..., a_k); z is the first i whose bit is 1, or k if none is. A code
    reaches bit i if its bits before i are 0. With d = f(z_1) - f(z_2), and bits b_1, b_2 of the two codes,

    g_phi_i = 1/2 d (b_1i - b_2i) sigmoid(|phi_i|)   where both codes reach bit i,
              1/2 d (b_1i - sigmoid(phi_i))          where only the first does,
             -1/2 d (b_2i - sigmoid(phi_i))          where only the second does, and 0 elsewhere.

    Dong, Mnih & Tucker 2021, *Coupled gradient estimators for discrete latent variables* (DisARM-SB). Unbiased; DisARM
    for k = 2. The order of the classes affects only the variance. 2 evaluations.
    """

    families = CATEGORICAL_ONLY
    label = "DisARM-SB"
    citation = "Dong, Mnih & Tucker 2021"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        sticks = stick_logits(q.log_mean)
        noise = torch.logit(q.uniform()[..., :-1]).to(sticks.dtype)
        bits = (torch.stack([sticks + noise, sticks - noise]) > 0).to(q.logits.dtype)
        reached = reached_by(bits)
        at_z = Estimate.of(cost(torch.cat([reached[..., :-1] * bits, reached[..., -1:]], dim=-1)))
        difference = 0.5 * (at_z.value[0] - at_z.value[1])[..., None, None]
        first, second = reached[..., :-1]
        deviation = bits - torch.sigmoid(sticks)
        both = first * second * (bits[0] - bits[1]) * torch.sigmoid(sticks.abs())
        alone = first * (1 - second) * deviation[0] - second * (1 - first) * deviation[1]
        surrogate = (sticks * (difference * (both + alone)).detach()).sum((-2, -1))
        return at_z.mean().with_gradient(surrogate)


def stick_logits(logits: Tensor) -> Tensor:
    """Logits of stopping at each class, given that no earlier class was taken: ``[..., k] -> [..., k - 1]``."""
    rest = torch.logcumsumexp(logits.flip(-1), dim=-1).flip(-1)
    return logits[..., :-1] - rest[..., 1:]


def reached_by(bits: Tensor) -> Tensor:
    """1 where no earlier bit is 1: ``[..., k - 1] -> [..., k]``; the last element is for the last class."""
    return torch.cat([torch.ones_like(bits[..., :1]), torch.cumprod(1 - bits, dim=-1)], dim=-1)


class ARSM(CoupledEstimator):
    """Augment-REINFORCE-swap-merge: one Dirichlet draw per variable, and every swap of two of its entries.

    g_c = sum_j (F_cj - mean_m F_mj) (1/k - w_j),  w ~ Dirichlet(1, ..., 1),

    F_cj = f(z^{c<->j}), with z^{c<->j} = argmin(log w^{c<->j} - a), where the swap (c, j) applies to all variables at
    once.

    Yin, Yue & Zhou 2019, *ARSM: augment-REINFORCE-swap-merge estimator for gradient backpropagation through categorical
    variables*. Unbiased; ARM for k = 2. k (k - 1) / 2 + 1 evaluations; the parameters inside the cost learn from the
    code without a swap only.

    Args:
        max_evaluations: largest accepted number of evaluations of the cost; the default allows k = 181 classes.

    Raises:
        NotApplicable: more would be needed.
    """

    families = CATEGORICAL_ONLY
    citation = "Yin, Yue & Zhou 2019"

    def __init__(self, latent: Latent, context_size: int | None = None, max_evaluations: int = 2**14) -> None:
        super().__init__(latent, context_size)
        at_least(1, max_evaluations=max_evaluations)
        if self.cost_evaluations > max_evaluations:
            needed = f"k={latent.k} classes need {self.cost_evaluations} evaluations of the cost"
            raise NotApplicable(f"ARSM: {needed}, more than max_evaluations={max_evaluations}")
        pairs = list(itertools.combinations(range(latent.k), 2))
        swaps = torch.arange(latent.k).repeat(len(pairs), 1)
        place = torch.full((latent.k, latent.k), len(pairs))  # c = j is no swap, which comes last
        for number, (c, j) in enumerate(pairs):
            swaps[number, [c, j]] = torch.tensor([j, c])
            place[c, j] = place[j, c] = number
        self.register_buffer("swaps", swaps, persistent=False)
        self.register_buffer("place", place, persistent=False)

    swaps: Tensor
    place: Tensor

    @property
    def cost_evaluations(self) -> int:
        return self.latent.k * (self.latent.k - 1) // 2 + 1

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        exponential = -torch.log(q.uniform())
        weights = exponential / exponential.sum(-1, keepdim=True)
        noise = -torch.log(weights)
        at_z = Estimate.of(cost(q.hard(noise)))
        with torch.no_grad():
            swapped = noise[..., self.swaps].movedim(-2, 0)
            at_swaps = Estimate.of(cost(q.hard(swapped))).value
        costs = torch.cat([at_swaps, at_z.value.unsqueeze(0)])[self.place].movedim((0, 1), (-2, -1))
        centred = costs - costs.mean(-2, keepdim=True)
        gradient = (1 / self.latent.k - weights) @ centred.transpose(-2, -1).to(weights.dtype)
        return at_z.with_gradient(q.linear(gradient))
