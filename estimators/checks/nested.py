"""The problem of a layer whose cost contains another stochastic layer with its own estimator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from estimators.checks.problems import (
    FEATURES,
    OFFSET,
    Parameters,
    Problem,
    as_column,
    describe,
    distribution,
    fixed_normal,
    itself,
)
from estimators.distributions import Distribution
from estimators.estimator import Deeper, Estimate, Estimator
from estimators.latents import Latent

RELAXED_TEMPERATURE = 0.5


@dataclass(frozen=True)
class TwoLayers(Problem):
    """E_{q(z1) q(z2|z1)}[f(z1, z2)], with ``inner`` as the estimator of the second layer.

    q(z2|z1) has logits w . z1 + "inner logits". ``objective`` is applied to both distributions.
    """

    latent: Latent
    inner: Estimator
    objective: Callable[[Distribution], Distribution] = itself

    def __str__(self) -> str:
        layers = f"{describe(self.latent)} above {describe(self.inner.latent)}"
        return f"E[2 + sum_j a_j tanh(u_j . z1 + v_j . z2 + theta_j)], {layers}, logits of about +-0.5"

    def parameters(self) -> Parameters:
        inner_logits = 0.5 * fixed_normal(*self.inner.latent.shape, seed=301)
        logits = 0.5 * fixed_normal(*self.latent.shape, seed=302)
        return {"logits": logits, "inner logits": inner_logits, "cost": 0.5 * fixed_normal(FEATURES, seed=303)}

    def inner_distribution(self, z: Tensor, parameters: Parameters) -> Distribution:
        weights = fixed_normal(self.latent.size, self.inner.latent.size, seed=304).to(z.dtype)
        shift = self.latent.flatten(z) @ weights
        shape = self.inner.latent.shape
        return distribution(self.inner.latent, shift.reshape(*shift.shape[:-1], *shape) + parameters["inner logits"])

    def inner_cost(self, z: Tensor, parameters: Parameters) -> Callable[..., Tensor]:
        theta = parameters["cost"]
        first = fixed_normal(self.latent.size, FEATURES, seed=305).to(z.dtype)
        second = 1.5 * fixed_normal(self.inner.latent.size, FEATURES, seed=306).to(z.dtype)
        amplitudes = torch.tensor([1.5, -1.2, 1.0], dtype=theta.dtype)
        from_first = self.latent.flatten(z) @ first + theta

        def cost(z2: Tensor, deeper: Deeper = "sample") -> Tensor:
            return OFFSET + (torch.tanh(from_first + self.inner.latent.flatten(z2) @ second) * amplitudes).sum(-1)

        return cost

    def expected(self, parameters: Parameters) -> Tensor:
        q = self.objective(distribution(self.latent, parameters["logits"]))
        z = q.support()
        below = self.objective(self.inner_distribution(z, parameters))
        z2 = below.support()[:, None].expand(-1, *below.logits.shape)
        inner_expectation = (below.log_prob(z2).exp() * self.inner_cost(z, parameters)(z2)).sum(0)
        return (q.log_prob(z).exp() * inner_expectation).sum()

    def estimate(self, estimator: Estimator, parameters: Parameters, context: Tensor | None) -> Estimate:
        def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
            below = self.inner_distribution(z, parameters)
            inner_cost = self.inner_cost(z, parameters)
            if deeper == "mean":
                return inner_cost(below.mean)
            if deeper == "relaxed":
                return inner_cost(below.relax(below.noise(), RELAXED_TEMPERATURE))
            estimate = self.inner(below, inner_cost, self.latent.flatten(z))
            undo_scale(below.logits, estimate)
            return estimate

        return estimator(distribution(self.latent, parameters["logits"]), cost, context)


def undo_scale(logits: Tensor, estimate: Estimate) -> None:
    """Divides the gradient that reaches ``logits`` by the estimator's positive scale."""
    if estimate.scale is not None and logits.requires_grad:
        scale = estimate.scale.detach()
        logits.register_hook(lambda gradient: gradient / as_column(scale, gradient))
