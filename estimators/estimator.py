"""The contract between an estimator, the model that uses it and the trainer that follows its gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from estimators.arguments import at_least, positive
from estimators.distributions import Distribution
from estimators.estimate import AnyCost, Cost, Deeper, Estimate, total
from estimators.inputs import CheckedCost, check_context, check_distribution
from estimators.latents import Family, Latent
from estimators.schedules import Schedule, constant, value_at

__all__ = [
    "BERNOULLI_ONLY",
    "CATEGORICAL_ONLY",
    "Cost",
    "CostKind",
    "Deeper",
    "Estimate",
    "Estimator",
    "MultiSampleEstimator",
    "NotApplicable",
    "Objective",
    "total",
]

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


class NotApplicable(ValueError):  # noqa: N818 - a reason to skip, not an error
    """An estimator does not exist for the given latent. The message is the reason, for the user."""


class Estimator(nn.Module, ABC):
    """A gradient estimator for one stochastic layer.

    Subclasses implement :meth:`forward` for one model; ``torch.func.vmap`` over stacked replicas is left to the
    caller. So they take inner gradients with :mod:`estimators.slopes`, never branch on the value of a tensor and keep
    state in buffers.

    Args:
        latent: the layer served.
        context_size: numbers in the layer's input, for baselines that depend on it; None when there is no such input.

    Raises:
        NotApplicable: the method does not exist for the latent's family.
    """

    version: ClassVar[int] = 1
    """Raised when a change of the code changes the numbers that come out."""
    unbiased: bool
    """Of the class, or set by the constructor where it depends on a setting."""
    families: ClassVar[frozenset[Family]] = frozenset({"bernoulli", "categorical"})
    citation: ClassVar[str]
    label: ClassVar[str]
    """Name of the method in tables and figures, as in its paper; the class's name where it is empty."""
    short_label: ClassVar[str]
    """A shorter name for narrow places; the label where it is empty."""
    objective: ClassVar[Objective] = "expected_cost"
    hard_codes: ClassVar[bool] = False
    """Whether with ``deeper="sample"`` the cost sees hard codes only and is not differentiated in them, so that it may
    look up a row by class instead of multiplying with the code."""
    zero_class_sum: ClassSum = "each"
    """See :data:`ClassSum`. "mean" is for an unbiased method whose single estimates are not centred, "none" for a
    biased one that leaves out the derivative of the softmax. It may depend on a setting, as ``unbiased`` may."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        # What a class inherits is the name of another method.
        cls.label = vars(cls).get("label", cls.__name__)
        cls.short_label = vars(cls).get("short_label", cls.label)

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

        Settings in which that one is not as configured follow the name: ``st_gumbel_softmax temperature=2``. Tables
        then show one of the two.
        """
        return None

    def objective_distribution(self, q: Distribution) -> Distribution:
        """The distribution under which the expected cost is minimised, as a differentiable function of ``q``.

        Another one than ``q`` means another objective than that of the other estimators. It is also the distribution of
        the codes at which the parameters inside the cost, and ``value``, are taken.
        """
        return q

    def __call__(self, q: Distribution, cost: AnyCost, context: Tensor | None = None) -> Estimate:
        """Estimates the gradient of E_q[cost] for every example.

        Args:
            q: the layer's distribution, logits ``[*batch, n]`` or ``[*batch, n, k]``.
            cost: the rest of the model, see :class:`Cost`; a function of the code alone will do.
            context: the layer's input ``[*batch, context_size]``.

        Raises:
            TypeError: the cost, or :meth:`forward`, returned something else than it should.
            ValueError: the distribution or the context is not that of the layer served; the cost has not one number
                per code, or there is not one estimate per example, which would be broadcast silently; the cost changes
                its code in place.
        """
        name = type(self).__name__
        check_distribution(name, q, self.latent)
        check_context(name, context, self.context_size, q.batch_shape)
        estimate = super().__call__(q, CheckedCost(name, cost, q.event_dims), context)
        if not isinstance(estimate, Estimate):
            raise TypeError(f"{name}.forward returned {estimate!r:.80}, an Estimate is needed")
        estimate.check_shapes(name, q.batch_shape)
        return estimate

    @abstractmethod
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate: ...

    def register_schedule(self, name: str, schedule: Schedule | float) -> None:
        """Makes ``self.<name>`` a buffer that follows ``schedule`` as :meth:`set_step` is called.

        Raises:
            ValueError: the value at step 0 is not a positive number.
        """
        if isinstance(schedule, int | float):
            schedule = constant(positive(**{name: schedule}))
        self.schedules[name] = schedule
        self.register_buffer(name, torch.tensor(self._value_at(0, name)))

    def set_step(self, step: int) -> None:
        """Moves every scheduled value to training step ``step``.

        Raises:
            ValueError: a value there is not a positive number.
        """
        for name, schedule in self.schedules.items():
            if not isinstance(schedule, constant):
                getattr(self, name).fill_(self._value_at(step, name))

    def scheduled(self, name: str) -> Tensor:
        """A scheduled value to compute with: a copy, which a backward pass still finds after the next ``set_step``.

        The buffer itself stays where it is, because recorded steps and joined replicas know it by its place in memory.
        """
        return getattr(self, name).clone()

    def _value_at(self, step: int, name: str) -> float:
        return value_at(step, self.schedules[name], f"{type(self).__name__}.{name}")


class MultiSampleEstimator(Estimator):
    """An estimator that evaluates the cost at S samples, all of which it needs.

    Args:
        samples: S, at least 2.
    """

    def __init__(self, latent: Latent, context_size: int | None = None, samples: int = 2) -> None:
        super().__init__(latent, context_size)
        self.samples = at_least(2, samples=samples)

    @property
    def cost_evaluations(self) -> int:
        return self.samples
