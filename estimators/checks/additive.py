"""A cost that is a sum over variables, so that each variable can be examined alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from estimators.checks.problems import Parameters, Problem, describe, distribution
from estimators.estimator import Deeper, Estimate, Estimator
from estimators.latents import Family, Latent

Array = NDArray[np.float64]
Slope = Callable[[Array], Array]
"""Derivative of one variable's cost, as a function of hard or relaxed codes ``[m]`` (bit) or ``[m, k]``; same shape."""

LOGITS: dict[Family, Array] = {
    "bernoulli": np.array([0.0, 1.0, -1.0, 5.0, -5.0]),
    "categorical": np.array([[0.0, 0, 0], [1, 0, -1], [-1, 0, 1], [5, 0, 1], [-5, 0, 1]]),
}
"""Logits of the variables of :data:`LAYERS`, ``[n(, k)]``."""
LAYERS = (Latent("bernoulli", 5), Latent("categorical", 5, k=3))
WEIGHTS: dict[Family, Array] = {
    "bernoulli": np.array([[1.2, -0.9]]),
    "categorical": np.array([[1.0, -0.5], [-0.6, 0.8], [0.3, -1.1]]),
}
AMPLITUDES, SHIFT = np.array([1.5, -1.0]), np.array([-0.2, 0.4])


@dataclass(frozen=True)
class SumOverVariables(Problem):
    """E_q[sum_i h(z_i)],  h(z) = sum_j a_j tanh(w_j . z + b_j).

    A variable's gradient depends only on its own noise, so its moments are those of a layer of one variable.
    """

    latent: Latent

    def __str__(self) -> str:
        h = "sum_j a_j tanh(w_j . z + b_j)"
        return f"E[sum_i h(z_i)], h(z) = {h}, {describe(self.latent)}, logits of 0, +-1 and +-5"

    def parameters(self) -> Parameters:
        return {"logits": torch.tensor(LOGITS[self.latent.family])}

    def each(self, z: Tensor) -> Tensor:
        """h of every variable: ``[..., n(, k)] -> [..., n]``."""
        family = self.latent.family
        columns = z.unsqueeze(-1) if family == "bernoulli" else z
        weights, amplitudes, shift = (torch.tensor(x, dtype=z.dtype) for x in (WEIGHTS[family], AMPLITUDES, SHIFT))
        return (torch.tanh(columns @ weights + shift) * amplitudes).sum(-1)

    def slope(self, z: Array) -> Array:
        """dh/dz, see :data:`Slope`."""
        family = self.latent.family
        columns = z[..., None] if family == "bernoulli" else z
        found = (AMPLITUDES / np.cosh(columns @ WEIGHTS[family] + SHIFT) ** 2) @ WEIGHTS[family].T
        return found[..., 0] if family == "bernoulli" else found

    def expected(self, parameters: Parameters) -> Tensor:
        q = distribution(self.latent, parameters["logits"])
        z = q.support()
        return (q.log_prob(z).exp() * self.each(z).sum(-1)).sum()

    def estimate(self, estimator: Estimator, parameters: Parameters, context: Tensor | None) -> Estimate:
        def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            return self.each(z).sum(-1)

        return estimator(distribution(self.latent, parameters["logits"]), cost, context)
