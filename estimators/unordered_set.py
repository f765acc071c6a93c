"""Estimators on samples drawn without replacement."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.distributions import Distribution
from estimators.estimator import CATEGORICAL_ONLY, Cost, CostKind, Estimate, MultiSampleEstimator, NotApplicable
from estimators.latents import Latent
from estimators.logits import LIMIT

LOG_TIMES = (-37.0, 4.25, 166)
"""First, last and number of the nodes of the integral over log-time; its integrand is below 1e-16 outside."""


class UnorderedSet(MultiSampleEstimator):
    """The unordered-set estimator: S different values of one categorical variable, with a baseline from the others.

    g = sum_{s in S} grad p(s) R(S, s) (f(s) - sum_{r in S} p(r) R_s(S, r) f(r)),

    R(S, s) = P_{-s}(S - s) / P(S) and R_s(S, r) = P_{-s-r}(S - s - r) / P_{-s}(S - s) (1 for r = s), P_{-s} being the
    probability of a set when s cannot be drawn.

    Kool, van Hoof & Welling 2020, *Estimating gradients for discrete random variables by sampling without replacement*,
    sections 3 and 4. Unbiased, and exact when S = k. S evaluations. Supported for one categorical variable (n = 1).

    Args:
        samples: S, from 2 to k.

    Raises:
        NotApplicable: more than one variable, or fewer classes than samples.
    """

    unbiased = True
    hard_codes = True
    families = CATEGORICAL_ONLY
    citation = "Kool, van Hoof & Welling 2020"

    def __init__(self, latent: Latent, context_size: int | None = None, samples: int = 2) -> None:
        super().__init__(latent, context_size, samples)
        if latent.n > 1:
            raise NotApplicable(f"UnorderedSet samples one categorical variable, and this layer has n={latent.n}")
        if samples > latent.k:
            raise NotApplicable(f"UnorderedSet cannot draw samples={samples} different values of k={latent.k} classes")

    @property
    def noiseless_for(self) -> CostKind:
        return "quadratic" if self.samples == self.latent.k else "constant"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        log_mean = q.log_mean.squeeze(-2)  # [*batch, k]
        chosen = (log_mean.detach() + q.noise().squeeze(-2)).topk(self.samples, dim=-1).indices
        log_prob = log_mean.gather(-1, chosen).movedim(-1, 0)  # [S, *batch]
        log_rest = log_mean.detach().scatter(-1, chosen, -LIMIT).logsumexp(-1)
        z = torch.zeros_like(q.logits).expand(self.samples, *q.logits.shape)
        z = z.scatter(-1, chosen.movedim(-1, 0)[..., None, None], 1.0)
        at_z = Estimate.of(cost(z))
        prob = log_prob.exp()
        first, second = leave_out_ratios(log_prob.detach(), log_rest)
        # The weights of a baseline sum to 1; by differences, because one of them can be 1 but for the last digit.
        signal = (prob.detach() * second * (at_z.value.unsqueeze(1) - at_z.value)).sum(1)
        surrogate = (prob * (first * signal).detach()).sum(0)
        return at_z.expectation(prob * first).with_gradient(surrogate)


def leave_out_ratios(log_prob: Tensor, log_rest: Tensor) -> tuple[Tensor, Tensor]:
    """R(S, s) as ``[S, *batch]`` and R_s(S, r) as ``[S (s), S (r), *batch]``.

    From the log-probabilities of the chosen, ``[S, *batch]``, and of all the others together, ``[*batch]``.

    A set A is drawn before all of the rest, of total rate 1, with probability int exp(-t) prod_{a in A} (1 - exp(-r_a
    t)) dt, r_a = p(a) / p(rest); leaving out elements of S drops their factors. The integral is taken over log t by the
    trapezoidal rule, which converges exponentially here, and in log-space.
    """
    samples = len(log_prob)
    log_time = torch.linspace(*LOG_TIMES, dtype=log_prob.dtype, device=log_prob.device)
    log_time = log_time.reshape(-1, *[1] * (log_prob.ndim - 1))
    times = ((log_prob - log_rest)[:, None] + log_time).clamp(-80, 80).exp()  # [S, T, *batch]
    factors = torch.log(-torch.expm1(-times))
    whole = factors.sum(0) + log_time - log_time.exp()
    one_left_out = whole - factors
    log_whole = torch.logsumexp(whole, 0)
    log_one = torch.logsumexp(one_left_out, 1)
    log_two = torch.stack([torch.logsumexp(without_s - factors, 1) for without_s in one_left_out])
    ratios = torch.exp(log_two - log_one[:, None])
    own = torch.eye(samples, dtype=torch.bool, device=log_prob.device)
    own = own.reshape(samples, samples, *[1] * (log_prob.ndim - 1))
    return torch.exp(log_one - log_whole), torch.where(own, torch.ones_like(ratios), ratios)
