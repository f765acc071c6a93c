"""Score-function estimators with a relaxed cost as control variate, which is trained to lower the variance."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from estimators.arguments import at_least, finite, within
from estimators.control_variates import follow_variance
from estimators.distributions import Distribution
from estimators.estimator import Cost, Estimate, Estimator
from estimators.latents import Latent
from estimators.left_out import LeftOut
from estimators.slopes import pull_back

COLDEST = 1e-4
"""Smallest tau. Codes are hard long before it, and the gradient in tau, which contains 1 / tau^2, must fit into float32
even for logits that a mask excludes."""


class RelaxedCost(nn.Module):
    """c(noise) = eta f(relaxed code at temperature tau), with learned eta and tau, where tau >= ``COLDEST``."""

    def __init__(self, temperature: float, scale: float) -> None:
        super().__init__()
        within(COLDEST, math.inf, temperature=temperature)
        self.log_temperature = nn.Parameter(torch.tensor(float(temperature)).log())
        self.scale = nn.Parameter(torch.tensor(float(finite(scale=scale))))

    def forward(self, q: Distribution, noise: Tensor, cost: Cost) -> Tensor:
        log_temperature = F.threshold(self.log_temperature, math.log(COLDEST), math.log(COLDEST))
        return self.at_code(q.relax(noise, log_temperature.exp()), cost)

    def at_code(self, z: Tensor, cost: Cost) -> Tensor:
        """The control variate at relaxed codes: ``[*samples, *batch]``."""
        return self.scale * Estimate.of(cost(z, deeper="relaxed")).surrogate


class RelaxedCostAndNetwork(RelaxedCost):
    """c(noise) = eta f(relaxed code) + r_psi(relaxed code), with r_psi a one-hidden-layer network that starts at 0."""

    def __init__(self, latent: Latent, hidden: int, temperature: float, scale: float) -> None:
        super().__init__(temperature, scale)
        self.latent = latent
        at_least(1, hidden=hidden)
        self.network = nn.Sequential(nn.Linear(latent.size, hidden), nn.Tanh(), nn.Linear(hidden, 1))
        for parameter in self.network[-1].parameters():
            nn.init.zeros_(parameter)

    def at_code(self, z: Tensor, cost: Cost) -> Tensor:
        return super().at_code(z, cost) + self.network(self.latent.flatten(z)).squeeze(-1)


class REBAR(Estimator):
    """REBAR: the cost at a relaxed code, coupled to the hard code by the noise, as control variate.

    g = [f(b) - c(z~)] s(b) + grad [c(z) - c(z~)],  c = eta f(sigma_tau(.)),

    where, in the paper's letters, b is the hard code, z = logits + noise determines it, and z~ is a draw of logits +
    noise given b, differentiable in the logits. eta and tau follow the gradient of |g|^2, for which g is differentiated
    as a whole.

    Tucker, Mnih, Maddison, Lawson & Sohl-Dickstein 2017, *REBAR: low-variance, unbiased gradient estimates for discrete
    latent variable models*, section 3. Here z and z~ are independent given b; the authors couple their uniform draws to
    lower the variance. Unbiased for any eta and tau; REINFORCE for eta = 0. 3 evaluations of the cost, of which the 2
    at relaxed codes do not affect the parameters inside it.

    Args:
        temperature: initial tau, at least 1e-4.
        scale: initial eta.
    """

    unbiased = True
    hard_codes = True
    citation = "Tucker, Mnih, Maddison, Lawson & Sohl-Dickstein 2017"

    def __init__(
        self, latent: Latent, context_size: int | None = None, temperature: float = 0.5, scale: float = 1.0
    ) -> None:
        super().__init__(latent, context_size)
        self.left_out = LeftOut()
        self.control: RelaxedCost = RelaxedCost(temperature, scale)

    @property
    def cost_evaluations(self) -> int:
        return 3

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise = q.noise()
        b = q.hard(noise)
        at_b = Estimate.of(cost(b))
        uniform = q.uniform()

        def gradient(own: Mapping[str, Tensor]) -> Tensor:
            return self.gradient(own, q.detach(), cost, noise, b, at_b.value, uniform)

        drawn, auxiliary = follow_variance(self.control, self.left_out, gradient, q)
        return at_b.with_gradient(q.linear(drawn), auxiliary)

    def gradient(
        self,
        own: Mapping[str, Tensor],
        q: Distribution,
        cost: Cost,
        noise: Tensor,
        b: Tensor,
        at_b: Tensor,
        uniform: Tensor,
    ) -> Tensor:
        """g for given draws, as a function of the control variate's parameters: ``[*batch, n(, k)]``."""

        def controls(logits: Tensor) -> tuple[Tensor, Tensor]:
            at = q.at(logits)
            both = torch.stack([noise, at.conditional_noise(b, uniform)])
            free, conditional = functional_call(self.control, dict(own), (at, both, cost))
            return free - conditional, conditional

        _, direct, conditional = pull_back(controls, q.logits)
        signal = (at_b - conditional).reshape(*at_b.shape, *[1] * q.event_dims)
        return signal * (b - q.mean) + direct()


class RELAX(REBAR):
    """RELAX: REBAR with a network added to its control variate.

    g as in REBAR with c = eta f(sigma_tau(.)) + r_psi(sigma_tau(.)); psi, eta and tau follow the gradient of |g|^2.

    Grathwohl, Choi, Wu, Roeder & Duvenaud 2018, *Backpropagation through the void: optimizing control variates for
    black-box gradient estimation*, sections 3.2 and 3.3, in the form for costs that can be evaluated at relaxed codes.
    The input of r_psi is the relaxed code here and z in the paper. Unbiased. 3 evaluations.

    Args:
        temperature: initial tau, at least 1e-4.
        scale: initial eta.
        hidden: units of r_psi.
    """

    citation = "Grathwohl, Choi, Wu, Roeder & Duvenaud 2018"

    def __init__(
        self,
        latent: Latent,
        context_size: int | None = None,
        temperature: float = 0.5,
        scale: float = 1.0,
        hidden: int = 100,
    ) -> None:
        super().__init__(latent, context_size, temperature, scale)
        self.control = RelaxedCostAndNetwork(latent, hidden, temperature, scale)
