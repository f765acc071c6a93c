"""Right but unusual unbiased estimators of several codes: drawn together, swapped, flipped, summed."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator, Latent, NotApplicable
from estimators.estimator import CostKind, total
from tests.estimators.planted.right_samples import RightARSM, RightRLOO


class LoopOfSamples(Estimator):
    """RLOO whose samples are evaluated one after the other."""

    unbiased = True
    hard_codes = True
    citation = "Kool, van Hoof & Welling 2019"

    @property
    def cost_evaluations(self) -> int:
        return 3

    @property
    def noiseless_for(self) -> CostKind:
        return "constant"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        codes = [q.sample() for _ in range(3)]
        found = [Estimate.of(cost(z)) for z in codes]
        mean = sum(each.value for each in found) / 3
        parts = [
            q.log_prob(z) * (each.value - mean) * 1.5 + each.surrogate for z, each in zip(codes, found, strict=True)
        ]
        return Estimate(torch.stack(parts).mean(0), torch.as_tensor(mean), total(each.auxiliary for each in found))


class ShrunkLeaveOneOut(RightRLOO):
    """The mean over samples includes the own one; the factor (S - 1) / S of that is reported."""

    divisor = 4

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return replace(estimate, scale=estimate.value.new_tensor(0.75))


class Stratified(Estimator):
    """Four samples, of each variable one in each quarter of (0, 1), in an order of its own; no baseline."""

    unbiased = True
    hard_codes = True
    families = frozenset({"bernoulli"})
    citation = "unusual"

    @property
    def cost_evaluations(self) -> int:
        return 4

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        quarter = torch.rand(4, *q.logits.shape, dtype=q.logits.dtype).argsort(0)
        z = ((quarter + q.uniform(4)) / 4 < q.mean).to(q.logits.dtype)
        at_z = Estimate.of(cost(z))
        return Estimate((q.log_prob(z) * at_z.value + at_z.surrogate).mean(0), at_z.value.mean(0), at_z.auxiliary)


class OneBitFlipped(Estimator):
    """g_i = n p_i (1 - p_i) (1 - 2 z_i) (f(z with i flipped) - f(z)) for one i drawn at random, 0 elsewhere."""

    unbiased = True
    hard_codes = True
    families = frozenset({"bernoulli"})
    citation = "unusual"

    @property
    def cost_evaluations(self) -> int:
        return 2

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        n = self.latent.n
        z = q.sample()
        chosen = (torch.rand_like(z[..., :1]) * n).long()
        flip = torch.zeros_like(z).scatter(-1, chosen, 1.0)
        at_z = Estimate.of(cost(z))
        with torch.no_grad():
            flipped = Estimate.of(cost(z + flip * (1 - 2 * z))).value
        slope = (1 - 2 * z) * (flipped - at_z.value).unsqueeze(-1)
        gradient = n * flip * q.mean * (1 - q.mean) * slope
        return Estimate(q.linear(gradient) + at_z.surrogate, at_z.value, at_z.auxiliary)


class UncentredARSM(RightARSM):
    """g_c = sum_j F_cj (1/k - w_j): the class gradients sum to zero in the mean only."""

    zero_class_sum = "mean"

    def centred(self, table: Tensor) -> Tensor:
        return table


class SumAndSample(Estimator):
    """The most probable class is summed, one of the others is drawn; for one variable."""

    unbiased = True
    hard_codes = True
    families = frozenset({"categorical"})
    citation = "Liu, Regier, Tripuraneni, Jordan & McAuliffe 2019"

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        if latent.n > 1:
            raise NotApplicable("one variable only")

    @property
    def cost_evaluations(self) -> int:
        return 2

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        mode = q.hard(torch.zeros_like(q.logits))
        others = type(q)(logits=q.logits - 1e9 * mode)
        z = torch.stack([mode, others.sample()])
        at_z = Estimate.of(cost(z))
        log_prob = q.log_prob(z)
        weight = torch.stack([log_prob[0].exp(), -torch.expm1(log_prob[0])]).detach()
        surrogate = (weight * (log_prob * at_z.value + at_z.surrogate)).sum(0)
        return Estimate(surrogate, (weight * at_z.value).sum(0), at_z.auxiliary)


class CachedAndCounted(Estimator):
    """Enumeration with a support that is made at the first call, and a count of calls that nothing depends on."""

    unbiased = True
    hard_codes = True
    citation = "exact"

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__(latent, context_size)
        if latent.configurations > 1_000:
            raise NotApplicable("more than 1,000 codes")
        self.calls = 0
        self.cache: dict[torch.dtype, Tensor] = {}

    @property
    def cost_evaluations(self) -> int:
        return self.latent.configurations

    @property
    def noiseless_for(self) -> CostKind:
        return "quadratic"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        self.calls += 1
        dtype = q.logits.dtype
        if dtype not in self.cache:
            self.cache[dtype] = self.latent(torch.zeros(self.latent.size, dtype=dtype)).support()
        codes = self.cache[dtype]
        z = codes.reshape(len(codes), *[1] * len(q.batch_shape), *self.latent.shape).expand(-1, *q.logits.shape)
        at_z = Estimate.of(cost(z))
        prob = q.log_prob(z).exp()
        surrogate = (prob * at_z.value + prob.detach() * at_z.surrogate).sum(0)
        return Estimate(surrogate, (prob.detach() * at_z.value).sum(0), at_z.auxiliary)
