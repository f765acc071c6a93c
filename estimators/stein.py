"""Leave-one-out score-function estimators with control variates from the gradients of the other samples."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from estimators.arguments import at_least
from estimators.control_variates import follow_variance
from estimators.distributions import Distribution
from estimators.estimator import BERNOULLI_ONLY, Cost, Estimate, MultiSampleEstimator
from estimators.latents import Latent
from estimators.left_out import LeftOut
from estimators.score_function import leave_one_out
from estimators.slopes import pull_back


def with_slope(cost: Cost, z: Tensor) -> tuple[Estimate, Tensor]:
    """The cost at codes ``z`` and its gradient in them, a constant ``[S, *batch, n]``, from one evaluation."""

    def evaluated(z: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        at_z = Estimate.of(cost(z))
        return at_z.surrogate, (at_z.value,) if at_z.auxiliary is None else (at_z.value, at_z.auxiliary)

    surrogate, gradient, constants = pull_back(evaluated, z)
    with torch.no_grad():
        slope = gradient()
    return Estimate(surrogate, *constants), slope


class DoubleCV(MultiSampleEstimator):
    """Double control variates: leave-one-out for the cost and for its linearisation by the other samples.

    g = mean_k [f_k + c_k - mean_{j != k} (f_j + c_j)] s_k - alpha p (1 - p) mean_k f'_k,

    c_k = alpha <z_k - p, mean_{j != k} f'_j>, with f_k, f'_k and s_k at z_k. alpha starts at 0, where this is RLOO, and
    follows the gradient of |g|^2.

    Titsias & Shi 2022, *Double control variates for gradient estimation in discrete latent variable models*. Unbiased.
    S evaluations of the cost and S gradients.

    Args:
        samples: S, at least 2.
    """

    unbiased = True
    families = BERNOULLI_ONLY
    label = "Double CV"
    citation = "Titsias & Shi 2022"

    def __init__(self, latent: Latent, context_size: int | None = None, samples: int = 2) -> None:
        super().__init__(latent, context_size, samples)
        self.left_out = LeftOut()
        self.alpha = nn.Parameter(torch.zeros(()))

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample(self.samples)
        at_z, slope = with_slope(cost, z)
        score = z - q.mean.detach()
        others_slope = (slope.sum(0) - slope) / (self.samples - 1)
        linear = (score * others_slope).sum(-1)
        plain = (leave_one_out(at_z.value).unsqueeze(-1) * score).mean(0)
        spread = (q.mean * (1 - q.mean)).detach()
        control = (leave_one_out(linear).unsqueeze(-1) * score).mean(0) - spread * slope.mean(0)
        gradient = plain + self.alpha.detach() * control
        own = None
        if self.training:
            slope_of_alpha = (2 * gradient * control).sum(-1).mean()
            own = self.alpha * slope_of_alpha.masked_fill(self.left_out.rejects(slope_of_alpha), 0.0)
        return at_z.mean().with_gradient(q.linear(gradient), own)


class RODEO(MultiSampleEstimator):
    """RODEO: leave-one-out with control variates from a discrete Stein operator.

    g = mean_k {[f_k - mean_{j != k} (f_j + alpha (A h_j)(z_j))] s_k + beta (A h~_k s)(z_k)},

    (A h)(z) = 1/n sum_i q(not z_i) [h(z with bit i flipped) - h(z)], which has mean 0 under q for every h, and

    h_k(y) = mean_{j != k} H(f_j, <f'_j, y - z_j>),

    with f_k, f'_k and s_k at z_k and H a network, and likewise for h~. alpha and beta start at 0, where this is RLOO;
    they and H follow the gradient of |g|^2.

    Shi, Zhou, Hwang, Titsias & Mackey 2022, *Gradient estimation with discrete Stein operators*. Unbiased. S
    evaluations of the cost and S gradients; a flip needs no evaluation of the cost, because it changes
    <f'_j, y - z_j> by one product. The authors' code has 100 hidden units and separate outputs for h and h~,
    ``hidden=100, heads=2``; the default is a smaller network, since its n evaluations per sample dominate a step.

    Args:
        samples: S, at least 2.
        hidden: units of H.
        heads: number of outputs of H: 1 for h~ = h, or 2.
    """

    version = 2

    unbiased = True
    families = BERNOULLI_ONLY
    citation = "Shi, Zhou, Hwang, Titsias & Mackey 2022"

    def __init__(
        self, latent: Latent, context_size: int | None = None, samples: int = 2, hidden: int = 20, heads: int = 1
    ) -> None:
        super().__init__(latent, context_size, samples)
        self.left_out = LeftOut()
        self.control = SteinControl(hidden, heads)

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample(self.samples)
        at_z, slope = with_slope(cost, z)
        prob = q.mean.detach()
        score = z - prob
        plain = (leave_one_out(at_z.value).unsqueeze(-1) * score).mean(0)

        def gradient(own: Mapping[str, Tensor]) -> Tensor:
            return plain + functional_call(self.control, dict(own), (z, at_z.value.to(z.dtype), slope, prob))

        drawn, auxiliary = follow_variance(self.control, self.left_out, gradient, q)
        return at_z.mean().with_gradient(q.linear(drawn), auxiliary)


class SteinControl(nn.Module):
    """The term that RODEO adds to RLOO: a vector ``[*batch, n]`` with mean 0."""

    def __init__(self, hidden: int, heads: int = 1) -> None:
        super().__init__()
        at_least(1, hidden=hidden)
        if at_least(1, heads=heads) > 2:
            raise ValueError(f"heads={heads!r}: choose 1 or 2")
        self.network = nn.Sequential(nn.Linear(2, hidden), nn.LeakyReLU(), nn.Linear(hidden, heads))
        self.alpha = nn.Parameter(torch.zeros(()))
        self.beta = nn.Parameter(torch.zeros(()))

    def forward(self, z: Tensor, value: Tensor, slope: Tensor, prob: Tensor) -> Tensor:
        """Computes it from codes ``[S, *batch, n]``, costs ``[S, *batch]``, slopes ``[S, *batch, n]`` and the mean."""
        samples, n = len(z), z.shape[-1]
        here = ((z.unsqueeze(1) - z) * slope).sum(-1)  # [k, j, *batch]: <f'_j, z_k - z_j>
        flipped = here.unsqueeze(-1) + slope * (1 - 2 * z).unsqueeze(1)  # [k, j, *batch, n]
        h_here = self.mean_of_others(value, here)
        h_flipped = self.mean_of_others(value.unsqueeze(-1), flipped)
        rate = torch.where(z > 0.5, 1 - prob, prob)  # probability of the flipped value
        change = (rate.unsqueeze(-1) * (h_flipped - h_here.unsqueeze(-2))).sum(-2)
        scalar = change[..., 0] / n
        others = (scalar.sum(0) - scalar) / (samples - 1)
        score = z - prob
        vector = (score * change[..., -1:] + rate * h_flipped[..., -1] * (1 - 2 * z)) / n
        return (-self.alpha * others.unsqueeze(-1) * score + self.beta * vector).mean(0)

    def mean_of_others(self, value: Tensor, inner: Tensor) -> Tensor:
        """h_k and h~_k at the points of ``inner``, the mean of H over j != k: ``[k, j, ...] -> [k, ..., heads]``."""
        pairs = torch.stack([value.expand_as(inner), inner], dim=-1)
        outputs = self.network(pairs)
        samples = len(outputs)
        others = 1 - torch.eye(samples, dtype=outputs.dtype, device=outputs.device)
        others = others.reshape(samples, samples, *[1] * (outputs.ndim - 2))
        return (outputs * others).sum(1) / (samples - 1)
