"""Biased estimators that evaluate the cost at a hard sample z and backpropagate f'(z) as if z were differentiable.

They differ only in the path by which f'(z) reaches the logits. D_p[v] = p (v - <p, v>) per variable (Bernoulli:
p (1 - p) v).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Literal, get_args

from torch import Tensor

from estimators.arguments import one_of, within
from estimators.distributions import Distribution
from estimators.estimator import CostKind
from estimators.latents import Latent
from estimators.schedules import Schedule
from estimators.substitution import Substitution


def with_path(z: Tensor, path: Tensor) -> Tensor:
    """Has the value of the hard code ``z`` and the gradient of ``path``."""
    return z.detach() + (path - path.detach())


class HardSampleEstimator(Substitution):
    """One hard sample, with the subclass's path from it to the logits. The cost's parameters see hard samples."""

    def substitute(self, q: Distribution) -> Tensor:
        z = q.sample()
        return with_path(z, self.path(q, z))

    @abstractmethod
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        """A function of the logits, of the shape of ``z``, whose derivative replaces that of the sample."""


Jacobian = Literal["softmax", "identity", "clipped"]


class StraightThrough(HardSampleEstimator):
    """Straight-through: the sample is replaced by its mean in the backward pass.

    g = D_p[f'(z)].

    Bengio, Léonard & Courville 2013, *Estimating or propagating gradients through stochastic neurons for conditional
    computation*, in the variant that keeps the derivative of the sigmoid or softmax. Exact for costs that are linear in
    each variable.

    The sample can also be replaced by the logits themselves, g = f'(z), as in Hinton's lectures of 2012 and the first
    variant of Bengio et al., or by the logits clipped to [-1, 1], g = f'(z) 1[|logit| <= 1] (Hubara, Courbariaux,
    Soudry, El-Yaniv & Bengio 2016, *Binarized neural networks*, section 1.3). Neither is exact even for linear costs.

    Args:
        jacobian: derivative of the code in the logits: "softmax" (for a bit, of the sigmoid), "identity" or "clipped".
    """

    label = "Straight-through"
    short_label = "ST"
    citation = "Bengio, Léonard & Courville 2013"

    def __init__(self, latent: Latent, context_size: int | None = None, jacobian: Jacobian = "softmax") -> None:
        super().__init__(latent, context_size)
        one_of(get_args(Jacobian), jacobian=jacobian)
        self.jacobian = jacobian
        self.zero_class_sum = "each" if jacobian == "softmax" else "none"

    @property
    def exact_for(self) -> CostKind | None:
        return "multilinear" if self.jacobian == "softmax" else None

    @property
    def noiseless_for(self) -> CostKind | None:
        return "linear" if self.jacobian == "softmax" else None

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        if self.jacobian == "softmax":
            return q.mean
        return q.logits if self.jacobian == "identity" else q.logits.clamp(-1, 1)


class SlopeAnnealedStraightThrough(HardSampleEstimator):
    """Straight-through with a slope that grows over training.

    g = a D_{p_a}[f'(z)],  p_a = sigmoid(a logits) or softmax(a logits).

    Chung, Ahn & Bengio 2016, *Hierarchical multiscale recurrent neural networks*, section 3.3, with a hard sigmoid
    there. The code is drawn from the distribution itself, not from its sharpened version, so that the objective is the
    same for every slope; slope 1 is straight-through.

    Args:
        slope: a, a constant or a schedule.
    """

    label = "Slope-annealed ST"
    short_label = "SAST"
    citation = "Chung, Ahn & Bengio 2016"
    slope: Tensor

    def __init__(self, latent: Latent, context_size: int | None = None, slope: Schedule | float = 1.0) -> None:
        super().__init__(latent, context_size)
        self.register_schedule("slope", slope)

    @property
    def same_as(self) -> str | None:
        return "straight_through" if float(self.slope) == 1 else None

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return q.relax(z.new_zeros(()), 1 / self.slope)


class Darn(HardSampleEstimator):
    """The estimator of deep autoregressive networks: score function with a baseline at the centre, linearised.

    g = <f'(z), z - 1/k> s(z) per variable (Bernoulli: f'(z) (z - 1/2) s(z)).

    The score function with f(z) - f(centre) replaced by its first-order expansion **at the sample**. For Bernoulli
    variables it is exact for quadratic costs and equals ReinMax at temperature 1. Jang, Gu & Poole 2017, section 3.2,
    print the expansion at the centre, which is not exact for quadratic costs, as their own text requires.

    Gregor, Danihelka, Mnih, Blundell & Wierstra 2014, *Deep autoregressive networks*; with classes and the centre 1/k
    in Gu, Levine, Sutskever & Mnih 2016 (MuProp), section 4.2, as the 1/2 estimator.
    """

    label = "DARN (1/2)"
    short_label = "DARN"
    citation = "Gregor, Danihelka, Mnih, Blundell & Wierstra 2014"

    @property
    def exact_for(self) -> CostKind:
        return "quadratic" if self.latent.family == "bernoulli" else "multilinear"

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        score = (z - q.mean).detach()
        return (z - 1 / self.latent.k) * q.sum_classes(score * q.logits)


class ReinMax(HardSampleEstimator):
    """ReinMax: a second-order correction of straight-through, by Heun's method.

    g = 2 D_{(p_tau + z) / 2}[f'(z)] - 1/2 D_p[f'(z)],  p_tau = softmax(logits / tau).

    At tau = 1 it is exact for costs that are quadratic in each variable, and is the mean of straight-through and the
    expansion at the sample, <f'(z), z - p> s(z); for Bernoulli variables it equals DARN. Gumbel-Rao tends to it as its
    temperature tends to 0 (ZGR of Shekhovtsov 2023, *Cold analysis of Rao-Blackwellized straight-through Gumbel-Softmax
    gradient estimator*).

    Liu, Dong, Liu, Yu & Gao 2023, *Bridging discrete and backpropagation: straight-through and beyond*, algorithm 2.

    Args:
        temperature: tau, at least 1; tuned per model in the paper.
    """

    citation = "Liu, Dong, Liu, Yu & Gao 2023; Shekhovtsov 2023"

    def __init__(self, latent: Latent, context_size: int | None = None, temperature: float = 1.0) -> None:
        super().__init__(latent, context_size)
        self.temperature = within(1, math.inf, temperature=temperature)

    @property
    def exact_for(self) -> CostKind | None:
        return "quadratic" if self.temperature == 1 else None

    @property
    def same_as(self) -> str | None:
        return "darn" if self.latent.family == "bernoulli" and self.temperature == 1 else None

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        tempered = q.relax(z.new_zeros(()), self.temperature)
        return 2 * q.tangent((tempered + z) / 2) - 0.5 * q.tangent(q.mean)
