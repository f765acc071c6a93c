"""Small problems whose exact gradient is known by enumeration.

A problem has named parameters for one example. :meth:`Problem.expected` is the exact objective, and
:meth:`Problem.estimate` an estimator's estimate of it, for parameters with leading batch dimensions. The mean gradient
of the estimate is compared with the gradient of the exact objective. The enumeration here does not use
``estimators.exact``, because that is checked too.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from estimators.checks.result import Skip
from estimators.distributions import Distribution
from estimators.estimator import Cost, CostKind, Deeper, Estimate, Estimator
from estimators.latents import FAMILIES, Latent

Parameters = dict[str, Tensor]
Kind = CostKind | str
"""A cost kind with a known answer, or "general": bounded, neither additive nor a polynomial."""

KINDS: tuple[CostKind, ...] = ("constant", "linear", "multilinear", "quadratic")
FORMULAS: dict[str, str] = {
    "constant": "2 + sum_j theta_j",
    "linear": "2 + w . z + sum_j theta_j",
    "multilinear": "2 + w . z + z . W z + sum_j theta_j, W without products of a variable with itself",
    "quadratic": "2 + w . z + z . W z + sum_j theta_j",
    "general": "2 + sum_j a_j tanh(w_j . z + theta_j)",
}
OFFSET = 2.0
FEATURES = 3


def fixed_normal(*shape: int, seed: int) -> Tensor:
    """The same standard normal numbers in every run, float64; drawn without torch, so allowed inside ``vmap``.

    The seeds in this file were chosen so that no exact gradient is small compared with its noise.
    """
    return torch.tensor(_numbers(shape, seed))


@cache
def _numbers(shape: tuple[int, ...], seed: int) -> NDArray[numpy.float64]:
    """Each evaluation of a cost needs some, and to draw them takes longer than the rest of it."""
    return numpy.random.default_rng(seed).standard_normal(shape)


def distribution(latent: Latent, logits: Tensor) -> Distribution:
    return FAMILIES[latent.family](logits=logits)


def describe(latent: Latent) -> str:
    """``bernoulli 4`` or ``categorical 2x4``."""
    return f"{latent.family} {latent.n}" + (f"x{latent.k}" if latent.family == "categorical" else "")


class Problem(ABC):
    """Parameters for one example, their exact objective and its estimate."""

    latent: Latent

    @abstractmethod
    def parameters(self) -> Parameters:
        """Values for one example, without batch dimensions; "logits" are those of the layer under test."""

    @abstractmethod
    def expected(self, parameters: Parameters) -> Tensor:
        """The exact objective, a scalar, nats; differentiable."""

    @abstractmethod
    def estimate(self, estimator: Estimator, parameters: Parameters, context: Tensor | None) -> Estimate:
        """The estimate for parameters ``[*batch, ...]``."""

    def exact_gradient(self) -> Parameters:
        leaves = {name: value.clone().requires_grad_() for name, value in self.parameters().items()}
        gradients = torch.autograd.grad(self.expected(leaves), list(leaves.values()), materialize_grads=True)
        return dict(zip(leaves, gradients, strict=True))


def polynomial(latent: Latent, kind: Kind) -> tuple[Tensor, Tensor]:
    """Linear weights ``[size]`` and quadratic weights ``[size, size]`` of a cost of this kind."""
    size, degree = latent.size, KINDS.index(kind)  # type: ignore[arg-type]
    linear = fixed_normal(size, seed=2551) * (degree >= 1)
    quadratic = fixed_normal(size, size, seed=2552) * (degree >= 2)
    if kind == "multilinear":
        variable = torch.arange(size) // (size // latent.n)
        quadratic = quadratic * (variable[:, None] != variable)
    return linear, quadratic


def itself(q: Distribution) -> Distribution:
    return q


@dataclass(frozen=True)
class OneLayer(Problem):
    """E_p[factor f(z) + shift] with f of a given kind and p = ``objective(q)``.

    ``at`` are the logits of one example, flattened; the default is fixed numbers of about +-0.8.
    """

    latent: Latent
    kind: Kind = "general"
    shift: float = 0.0
    objective: Callable[[Distribution], Distribution] = itself
    factor: float = 1.0
    at: tuple[float, ...] | None = None

    def parameters(self) -> Parameters:
        logits = 0.8 * fixed_normal(*self.latent.shape, seed=2554)
        if self.at is not None:
            logits = torch.tensor(self.at, dtype=torch.float64).reshape(self.latent.shape)
        return {"logits": logits, "cost": 0.5 * fixed_normal(FEATURES, seed=2555)}

    def cost(self, parameters: Parameters) -> Cost:
        """The cost ``[*samples, *batch, n(, k)] -> [*samples, *batch]``, nats, see :data:`FORMULAS`."""
        theta = parameters["cost"]
        weights = 1.5 * fixed_normal(self.latent.size, FEATURES, seed=2553).to(theta.dtype)
        amplitudes = torch.tensor([1.5, -1.0, 0.7], dtype=theta.dtype)

        def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
            x = self.latent.flatten(z)
            if self.kind == "general":
                f = (torch.tanh(x @ weights + theta) * amplitudes).sum(-1)
            else:
                linear, quadratic = (part.to(theta.dtype) for part in polynomial(self.latent, self.kind))
                f = x @ linear + ((x @ quadratic) * x).sum(-1) + theta.sum(-1)
            return self.factor * (OFFSET + f) + self.shift

        return cost

    def __str__(self) -> str:
        f = FORMULAS[self.kind]
        f = f if self.factor == 1 else f"{self.factor:g} ({f})"
        f = f if not self.shift else f"{f} {self.shift:+g}"
        where = "of about +-0.8" if self.at is None else ", ".join(f"{logit:g}" for logit in self.at)
        return f"{self.SYMBOL}[{f}], {describe(self.latent)}, logits {where}"

    SYMBOL: ClassVar[str] = "E"

    def expected(self, parameters: Parameters) -> Tensor:
        p = self.objective(distribution(self.latent, parameters["logits"]))
        z = p.support()
        return (p.log_prob(z).exp() * Estimate.of(self.cost(parameters)(z)).surrogate).sum()

    def estimate(self, estimator: Estimator, parameters: Parameters, context: Tensor | None) -> Estimate:
        return estimator(distribution(self.latent, parameters["logits"]), self.cost(parameters), context)


@dataclass(frozen=True)
class MultiSampleBound(OneLayer):
    """-E_{z_1..z_S ~ q}[log 1/S sum_s p(z_s) / q(z_s)] with -log p(z) = f(z), the negative S-sample bound.

    Burda, Grosse & Salakhutdinov 2016. Exact sum over all S-tuples of codes, as multisets with their multinomial
    coefficients.
    """

    samples: int = 2

    LARGEST: ClassVar[int] = 150_000
    SYMBOL: ClassVar[str] = "negative multi-sample bound with -log p(x, z) = "

    def expected(self, parameters: Parameters) -> Tensor:
        q = distribution(self.latent, parameters["logits"])
        z = q.support()
        log_prob = q.log_prob(z)
        weight = -Estimate.of(self.cost(parameters)(z)).surrogate - log_prob
        tuples = multisets(len(z), self.samples)
        bound = torch.logsumexp(weight[tuples], -1) - math.log(self.samples)
        coefficient = math.lgamma(self.samples + 1) - repetitions(tuples).to(log_prob).log().sum(-1)
        return -((coefficient + log_prob[tuples].sum(-1)).exp() * bound).sum()


def repetitions(multisets: Tensor) -> Tensor:
    """For each element of a sorted multiset, its count so far; their product is that of the counts' factorials."""
    counts = [torch.ones_like(multisets[:, 0])]
    for place in range(1, multisets.shape[1]):
        counts.append(1 + counts[-1] * (multisets[:, place] == multisets[:, place - 1]))
    return torch.stack(counts, -1)


def multisets(codes: int, samples: int) -> Tensor:
    """Every multiset of ``samples`` out of ``codes`` indices: ``[count, samples]``."""
    count = math.comb(codes + samples - 1, samples)
    if count > MultiSampleBound.LARGEST:
        raise Skip(f"the {count} multisets of {samples} out of {codes} codes are too many to enumerate")
    return torch.combinations(torch.arange(codes), samples, with_replacement=True)


@dataclass(frozen=True)
class Embedded(Problem):
    """``layer`` embedded in a larger layer, whose other variables have no influence on the cost."""

    latent: Latent
    layer: OneLayer
    places: tuple[int, ...]

    def parameters(self) -> Parameters:
        inside = self.layer.parameters()
        logits = 0.8 * fixed_normal(*self.latent.shape, seed=2556)
        logits[list(self.places)] = inside["logits"]
        return {**inside, "logits": logits}

    def expected(self, parameters: Parameters) -> Tensor:
        return self.layer.expected({**parameters, "logits": parameters["logits"][list(self.places)]})

    def estimate(self, estimator: Estimator, parameters: Parameters, context: Tensor | None) -> Estimate:
        variables = -len(self.latent.shape)
        places = torch.tensor(self.places)
        cost = self.layer.cost(parameters)

        def of_places(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
            return cost(z.index_select(variables, places), deeper)

        return estimator(distribution(self.latent, parameters["logits"]), of_places, context)

    def __str__(self) -> str:
        return f"{self.layer}, as variables {', '.join(map(str, self.places))} of {describe(self.latent)}"


def as_column(scale: Tensor, gradient: Tensor) -> Tensor:
    """A scale, scalar or ``[*batch]``, in a shape that broadcasts with a gradient ``[*batch, ...]``."""
    return scale if scale.ndim == 0 else scale.reshape(*scale.shape, *[1] * (gradient.ndim - scale.ndim))
