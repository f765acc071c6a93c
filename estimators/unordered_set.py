"""Estimators with samples drawn without replacement."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.arguments import at_least
from estimators.categorical import Categorical
from estimators.distributions import Distribution
from estimators.estimator import Cost, CostKind, Estimate, MultiSampleEstimator, NotApplicable
from estimators.latents import Latent
from estimators.logits import LIMIT

LOG_TIMES = (-37.0, 4.25, 166)
"""First node, last node and number of nodes of the integral over log-time; the integrand is below 1e-16 outside."""


class UnorderedSet(MultiSampleEstimator):
    """The unordered-set estimator: S different codes, with a baseline from the others.

    g = sum_{s in S} grad p(s) R(S, s) (f(s) - sum_{r in S} p(r) R_s(S, r) f(r)),

    R(S, s) = P_{-s}(S - s) / P(S) and R_s(S, r) = P_{-s-r}(S - s - r) / P_{-s}(S - s) (1 for r = s), P_{-s} being the
    probability of a set when s cannot be drawn.

    Kool, van Hoof & Welling 2020, *Estimating gradients for discrete random variables by sampling without replacement*.
    Unbiased, and exact when S is the number of codes, k^n. S evaluations. A layer of several variables is treated as
    one variable whose classes are its codes: the probabilities of all codes are computed, but not their costs.

    Args:
        samples: S, from 2 to k^n.
        max_configurations: largest accepted number of codes of a layer of several variables.

    Raises:
        NotApplicable: there are more codes, or fewer than samples.
    """

    unbiased = True
    hard_codes = True
    label = "Unordered set"
    citation = "Kool, van Hoof & Welling 2020"

    def __init__(
        self, latent: Latent, context_size: int | None = None, samples: int = 2, max_configurations: int = 2**8
    ) -> None:
        super().__init__(latent, context_size, samples)
        at_least(1, max_configurations=max_configurations)
        codes = f"{latent.k}^{latent.n} codes"
        if latent.n > 1 and latent.configurations > max_configurations:
            raise NotApplicable(f"UnorderedSet: {codes} are more than max_configurations={max_configurations}")
        if samples > latent.configurations:
            raise NotApplicable(f"UnorderedSet cannot draw samples={samples} different ones of {codes}")

    @property
    def noiseless_for(self) -> CostKind:
        return "quadratic" if self.samples == self.latent.configurations else "constant"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        joint = self.joint(q)
        log_mean = joint.log_mean.squeeze(-2)  # [*batch, codes]
        chosen = (log_mean.detach() + joint.noise().squeeze(-2)).topk(self.samples, dim=-1).indices
        log_prob = log_mean.gather(-1, chosen).movedim(-1, 0)  # [S, *batch]
        log_rest = log_mean.detach().scatter(-1, chosen, -LIMIT).logsumexp(-1)
        at_z = Estimate.of(cost(self.codes(chosen.movedim(-1, 0), q)))
        prob = log_prob.exp()
        first, second = leave_out_ratios(log_prob.detach(), log_rest)
        # The weights of a baseline sum to 1. Differences, because one weight can equal 1 up to rounding.
        signal = (prob.detach() * second * (at_z.value.unsqueeze(1) - at_z.value)).sum(1)
        surrogate = (prob * (first * signal).detach()).sum(0)
        return at_z.expectation(prob * first).with_gradient(surrogate)

    @property
    def of_one_variable(self) -> bool:
        return self.latent.family == "categorical" and self.latent.n == 1

    def joint(self, q: Distribution) -> Distribution:
        """One variable whose classes are the codes of the layer, in the order of its support."""
        if self.of_one_variable:
            return q
        support = q.support()
        log_prob = q.log_prob(support.reshape(len(support), *[1] * len(q.batch_shape), *self.latent.shape))
        return Categorical(logits=log_prob.movedim(0, -1).unsqueeze(-2))

    def codes(self, chosen: Tensor, q: Distribution) -> Tensor:
        """The codes with these indices in the support: ``[S, *batch] -> [S, *batch, n(, k)]``."""
        if self.of_one_variable:  # its support may be too large to list
            none = torch.zeros_like(q.logits).expand(self.samples, *q.logits.shape)
            return none.scatter(-1, chosen[..., None, None], 1.0)
        return q.support()[chosen]


def leave_out_ratios(log_prob: Tensor, log_rest: Tensor) -> tuple[Tensor, Tensor]:
    """R(S, s) as ``[S, *batch]`` and R_s(S, r) as ``[S (s), S (r), *batch]``.

    With exponential arrival times, a set A arrives before all other codes with probability
    int exp(-t) prod_{a in A} (1 - exp(-r_a t)) dt, where the others have the total rate 1 and r_a = p(a) / p(others);
    leaving out elements of S drops their factors. The integral over log t is computed in log-space by the trapezoidal
    rule, which converges exponentially here.

    Args:
        log_prob: log-probabilities of the chosen codes, ``[S, *batch]``.
        log_rest: log of the total probability of all other codes, ``[*batch]``.
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
