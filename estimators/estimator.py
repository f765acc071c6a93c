"""The contract between an estimator, the model that uses it and the trainer that follows its gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Protocol

import torch
from torch import Tensor, nn

from estimators.distributions import Distribution
from estimators.latents import Family, Latent
from estimators.schedules import Schedule, constant, value_at

Deeper = Literal["sample", "mean", "relaxed"]
"""How a cost passes the stochastic layers below: with their own estimators, at their means, or relaxed."""


CostKind = Literal["constant", "linear", "multilinear", "quadratic"]
"""Kinds of cost with known answers, each containing the ones before: constant; a sum of functions of single variables;
linear in each variable while the others are held; at most quadratic in each variable while the others are held."""

BERNOULLI_ONLY: frozenset[Family] = frozenset({"bernoulli"})
CATEGORICAL_ONLY: frozenset[Family] = frozenset({"categorical"})

Objective = Literal["expected_cost", "multi_sample_bound"]
"""What is minimised: E_q[cost], or the negative m-sample bound of Burda, Grosse & Salakhutdinov 2016. For the second
the cost is -log p(x, z), m the number of cost evaluations, and the estimate's value the negative bound at the draws."""


ClassSum = Literal["each", "mean", "none"]
"""Where the gradients of a categorical variable's logits sum to zero over its classes, as those of every function of
the probabilities do: in each estimate, in the mean of the estimates only, or nowhere."""


@dataclass(frozen=True)
class Estimate:
    """What an estimator knows of an expected cost, per example.

    Attributes:
        surrogate: ``[*batch]``. Its gradient is the estimate, for the logits and for every parameter inside the cost.
            Its value means nothing.
        value: ``[*batch]``, detached: the cost at the codes that were drawn, nats.
        auxiliary: objective of the estimators' own parameters (baselines, control variates), a scalar, or None.
            The surrogate does not reach those parameters and the auxiliary reaches no others.
        scale: positive factor by which an estimator shrank the gradient of its logits, or None for 1.
    """

    surrogate: Tensor
    value: Tensor
    auxiliary: Tensor | None = None
    scale: Tensor | None = None

    @classmethod
    def of(cls, cost: Tensor | Estimate) -> Estimate:
        """A plain differentiable cost as an estimate of itself."""
        return cost if isinstance(cost, Estimate) else cls(surrogate=cost, value=cost.detach())

    def plus(self, term: Tensor) -> Estimate:
        """Adds a differentiable term ``[*batch]`` that does not depend on the codes, such as an analytic KL."""
        return replace(self, surrogate=self.surrogate + term, value=self.value + term.detach())

    def __add__(self, term: Tensor) -> Estimate:
        """:meth:`plus`, which ``torch.compile(fullgraph=True)`` reads through where it takes this for a tensor's."""
        return self.plus(term)

    def check_shapes(self, name: str, batch: torch.Size) -> None:
        """Raises a ValueError, in the name of the estimator that made it, unless there is one number per example."""
        for part, tensor in (("surrogate", self.surrogate), ("value", self.value)):
            if tensor.shape != batch:
                shapes = f"{tuple(tensor.shape)}, one number per example is needed, {tuple(batch)}"
                raise ValueError(f"{name}: its {part} has the shape {shapes}")
        if self.auxiliary is not None and self.auxiliary.ndim:
            raise ValueError(f"{name}: its auxiliary has the shape {tuple(self.auxiliary.shape)}, a scalar is needed")

    def plus_kl(self, q: Distribution, prior: Distribution) -> Estimate:
        """Adds KL(q || prior) in closed form, q being the distribution whose gradient was estimated.

        Its gradient in the logits of q is scaled as the estimator scaled its own. Otherwise the two parts of the loss
        would pull at the encoder with different weights, and a normalised signal would lose against the KL.
        """
        return self.plus(self._scaled(q).kl(prior))

    def minus_entropy(self, q: Distribution) -> Estimate:
        """Subtracts the entropy of q, the distribution whose gradient was estimated; scaled as in :meth:`plus_kl`."""
        return self.plus(-self._scaled(q).entropy())

    def _scaled(self, q: Distribution) -> Distribution:
        return q if self.scale is None else q.scale_gradient(self.scale)


def total(auxiliaries: Iterable[Tensor | None]) -> Tensor | None:
    """Sum of the objectives that are there; None when none is."""
    present = [auxiliary for auxiliary in auxiliaries if auxiliary is not None]
    return torch.stack(present).sum() if present else None


def at_least(minimum: int, **count: int) -> int:
    """The one count that is given by name, after checking it."""
    ((name, value),) = count.items()
    if not isinstance(value, int) or value < minimum:
        raise ValueError(f"estimator.{name}={value!r}: a whole number of at least {minimum} is needed")
    return value


class Cost(Protocol):
    """The rest of the model, seen from one stochastic layer: nats as a function of its code.

    It takes codes with any leading sample dimensions, hard or relaxed, and returns ``[*samples, *batch]``, as a tensor
    or, when another stochastic layer lies below, as that layer's estimate.
    """

    def __call__(self, z: Tensor, /, deeper: Deeper = "sample") -> Tensor | Estimate: ...


class NotApplicable(ValueError):  # noqa: N818 - a reason to skip, not an error
    """An estimator does not exist for the latent it was asked to serve. The message is the reason, for the reader."""


class Estimator(nn.Module, ABC):
    """A gradient estimator for one stochastic layer.

    Subclasses implement :meth:`forward` for one model; ``torch.func.vmap`` over stacked replicas is the caller's
    business. So they take inner gradients with ``torch.func``, never branch on the value of a tensor and keep state in
    buffers.

    Args:
        latent: the layer served.
        context_size: numbers in the layer's input, for baselines that depend on it; None when there is no such input.

    Raises:
        NotApplicable: the method does not exist for the latent's family.
    """

    version: ClassVar[int] = 1
    """Raised when a change of the code changes the numbers that come out."""
    unbiased: ClassVar[bool]
    families: ClassVar[frozenset[Family]] = frozenset({"bernoulli", "categorical"})
    citation: ClassVar[str]
    objective: ClassVar[Objective] = "expected_cost"
    hard_codes: ClassVar[bool] = False
    """Whether with ``deeper="sample"`` the cost sees hard codes only and is not differentiated in them, so that it may
    look up what belongs to a class instead of multiplying with the code."""
    zero_class_sum: ClassVar[ClassSum] = "each"
    """See :data:`ClassSum`. "mean" is for an unbiased method whose single estimates are not centred, "none" for a
    biased one that leaves out the derivative of the softmax."""

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__()
        if latent.family not in self.families:
            raise NotApplicable(f"{type(self).__name__} exists for {' and '.join(sorted(self.families))} latents only")
        self.latent = latent
        self.context_size = context_size
        self.schedules: dict[str, Schedule] = {}

    @property
    def cost_evaluations(self) -> int:
        """How many codes per example the cost is evaluated at, for one estimate in training mode."""
        return 1

    @property
    def exact_for(self) -> CostKind | None:
        """The richest kind of cost whose gradient has no bias, for an estimator that is biased in general."""
        return None

    @property
    def noiseless_for(self) -> CostKind | None:
        """The richest kind of cost for which every single estimate is the exact gradient of the logits."""
        return None

    @property
    def same_as(self) -> str | None:
        """Name of the configured estimator that this one equals, with its present settings and on its latent.

        Tables then show one of the two.
        """
        return None

    def objective_distribution(self, q: Distribution) -> Distribution:
        """The distribution under which the expected cost is minimised, as a differentiable function of ``q``.

        Another one than ``q`` means another objective than that of the other estimators. It is also the distribution of
        the codes at which the parameters inside the cost, and ``value``, are taken.
        """
        return q

    def __call__(self, q: Distribution, cost: Cost, context: Tensor | None = None) -> Estimate:
        """Estimates the gradient of E_q[cost] for every example.

        Args:
            q: the layer's distribution, logits ``[*batch, n]`` or ``[*batch, n, k]``.
            cost: the rest of the model, see :class:`Cost`.
            context: the layer's input ``[*batch, context_size]``.

        Raises:
            TypeError: :meth:`forward` returned something else.
            ValueError: it returned another number of estimates than one per example, which would be broadcast silently.
        """
        estimate = super().__call__(q, cost, context)
        if not isinstance(estimate, Estimate):
            raise TypeError(f"{type(self).__name__}.forward returned {estimate!r:.80}, an Estimate is needed")
        estimate.check_shapes(type(self).__name__, q.batch_shape)
        return estimate

    @abstractmethod
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate: ...

    def register_schedule(self, name: str, schedule: Schedule | float) -> None:
        """Makes ``self.<name>`` a buffer that follows ``schedule`` as :meth:`set_step` is called.

        Raises:
            ValueError: the value at step 0 is no positive number.
        """
        self.schedules[name] = constant(schedule) if isinstance(schedule, int | float) else schedule
        self.register_buffer(name, torch.tensor(self._value_at(0, name)))

    def set_step(self, step: int) -> None:
        """Moves every scheduled value to training step ``step``.

        Raises:
            ValueError: a value there is no positive number.
        """
        for name in self.schedules:
            getattr(self, name).fill_(self._value_at(step, name))

    def scheduled(self, name: str) -> Tensor:
        """A scheduled value to compute with: a copy, which a backward pass still finds after the next ``set_step``.

        The buffer itself stays where it is, because recorded steps and joined replicas know it by its place in memory.
        """
        return getattr(self, name).clone()

    def _value_at(self, step: int, name: str) -> float:
        return value_at(step, self.schedules[name], f"{type(self).__name__}.{name}")
