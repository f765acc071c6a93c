"""The contract between an estimator, the model that uses it and the training loop that follows its gradient."""

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
"""Kinds of cost with known answers, each including the ones before it: constant; a sum of linear functions of single
variables; linear in each variable with the others fixed; at most quadratic in each variable with the others fixed."""

BERNOULLI_ONLY: frozenset[Family] = frozenset({"bernoulli"})
CATEGORICAL_ONLY: frozenset[Family] = frozenset({"categorical"})

Objective = Literal["expected_cost", "multi_sample_bound"]
"""What is minimised: E_q[cost], or the negative m-sample bound of Burda, Grosse & Salakhutdinov 2016. For the bound,
the cost is -log p(x, z), m is the number of cost evaluations, and the estimate's value is the negative bound at the
samples drawn."""


ClassSum = Literal["each", "mean", "none"]
"""Whether the gradient of a categorical variable's logits sums to zero over the classes, as that of any function of the
probabilities does: in each estimate, only in the mean of the estimates, or not at all."""


class NotApplicable(ValueError):  # noqa: N818 - a reason to skip, not an error
    """The estimator does not exist for the given latent. The message gives the user the reason."""


class Estimator(nn.Module, ABC):
    """A gradient estimator for one stochastic layer.

    Subclasses implement :meth:`forward` for one model; the caller may run it under ``torch.func.vmap`` over stacked
    replicas. They therefore compute inner gradients with :mod:`estimators.slopes`, never branch on the value of a
    tensor, and keep state in buffers.

    Args:
        latent: the layer that the estimator is for.
        context_size: size of the layer's input, for baselines that depend on it; None when there is no such input.

    Raises:
        NotApplicable: the method does not exist for the latent's family.
    """

    version: ClassVar[int] = 1
    """Incremented when a change of the code changes the estimates."""
    unbiased: bool
    """A class attribute, or set by the constructor where it depends on a setting."""
    families: ClassVar[frozenset[Family]] = frozenset({"bernoulli", "categorical"})
    citation: ClassVar[str]
    label: ClassVar[str]
    """Name of the method in tables and figures, as in its paper; the default is the class's name."""
    short_label: ClassVar[str]
    """A shorter name where space is limited; the default is the label."""
    objective: ClassVar[Objective] = "expected_cost"
    inference_network: ClassVar[bool] = False
    """Whether the layer is trained by another objective than the parameters inside the cost, as in wake-sleep. A prior
    that is q itself must then be a constant in the cost, otherwise q would be trained twice."""
    hard_codes: ClassVar[bool] = False
    """Whether with ``deeper="sample"`` the cost sees hard codes only and is not differentiated with respect to them, so
    that it may look up a row by class instead of multiplying by the code."""
    zero_class_sum: ClassSum = "each"
    """See :data:`ClassSum`. "mean" is for an unbiased method whose single estimates are not centred, "none" for a
    biased one that omits the derivative of the softmax. Like ``unbiased``, it may depend on a setting."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        # An inherited label would be the name of another method.
        cls.label = vars(cls).get("label", cls.__name__)
        cls.short_label = vars(cls).get("short_label", cls.label)

    def __init__(self, latent: Latent, context_size: int | None = None) -> None:
        super().__init__()
        if latent.family not in self.families:
            raise NotApplicable(f"{type(self).__name__} exists for {' and '.join(sorted(self.families))} latents only")
        self.latent = latent
        self.context_size = None if context_size is None else at_least(1, context_size=context_size)
        self.schedules: dict[str, Schedule] = {}

    @property
    def cost_evaluations(self) -> int:
        """Number of codes per example at which one estimate in training mode evaluates the cost."""
        return 1

    @property
    def exact_for(self) -> CostKind | None:
        """The most general kind of cost for which an estimator that is biased in general has no bias."""
        return None

    @property
    def noiseless_for(self) -> CostKind | None:
        """The most general kind of cost for which every single estimate is the exact gradient of the logits."""
        return None

    @property
    def same_as(self) -> str | None:
        """Name of the configured estimator that this one equals, with its current settings and on its latent.

        Settings that differ from that estimator's configuration follow the name: ``st_gumbel_softmax temperature=2``.
        Tables then show one of the two.
        """
        return None

    def objective_distribution(self, q: Distribution) -> Distribution:
        """The distribution under which the expected cost is minimised, as a differentiable function of ``q``.

        If it is not ``q``, the estimator has a different objective from the others. It is also the distribution of the
        codes at which ``value`` and the gradient of the parameters inside the cost are computed.
        """
        return q

    def __call__(self, q: Distribution, cost: AnyCost, context: Tensor | None = None) -> Estimate:
        """Estimates the gradient of E_q[cost] for every example.

        Args:
            q: the layer's distribution, logits ``[*batch, n]`` or ``[*batch, n, k]``.
            cost: the rest of the model, see :class:`Cost`; a function of the code alone is enough.
            context: the layer's input ``[*batch, context_size]``.

        Raises:
            TypeError: the cost, or :meth:`forward`, did not return a value of the right type.
            ValueError: the distribution or the context does not fit the layer; the cost is not one number per code, or
                the estimate not one per example, which would be broadcast silently; or the cost changes its code in
                place.
        """
        name = type(self).__name__
        check_distribution(name, q, self.latent)
        check_context(name, context, self.context_size, q.batch_shape)
        estimate = super().__call__(q, CheckedCost(name, cost, q.event_dims), context)
        if not isinstance(estimate, Estimate):
            raise TypeError(f"{name}.forward returned {estimate!r:.80}; it must return an Estimate")
        estimate.check_shapes(name, q.batch_shape)
        return estimate

    @abstractmethod
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate: ...

    def register_schedule(self, name: str, schedule: Schedule | float) -> None:
        """Registers ``self.<name>`` as a buffer that follows ``schedule`` whenever :meth:`set_step` is called.

        Raises:
            ValueError: the value at step 0 is not a positive number.
        """
        if not callable(schedule):
            schedule = constant(positive(**{name: schedule}))
        self.schedules[name] = schedule
        self.register_buffer(name, torch.tensor(self._value_at(0, name)))

    def set_step(self, step: int) -> None:
        """Moves every scheduled value to training step ``step``.

        Raises:
            ValueError: a value there is not a positive number, or the step is not an integer of at least 0.
        """
        at_least(0, step=step)
        for name, schedule in self.schedules.items():
            if not isinstance(schedule, constant):
                getattr(self, name).fill_(self._value_at(step, name))

    def scheduled(self, name: str) -> Tensor:
        """A copy of a scheduled value for computations, which a later ``set_step`` does not change before ``backward``.

        The buffer itself is updated in place, because CUDA graphs and stacked replicas refer to its memory.
        """
        return getattr(self, name).clone()

    def _value_at(self, step: int, name: str) -> float:
        return value_at(step, self.schedules[name], f"{type(self).__name__}.{name}")


class MultiSampleEstimator(Estimator):
    """An estimator that evaluates the cost at S samples together.

    Args:
        samples: S, at least 2.
    """

    def __init__(self, latent: Latent, context_size: int | None = None, samples: int = 2) -> None:
        super().__init__(latent, context_size)
        self.samples = at_least(2, samples=samples)

    @property
    def cost_evaluations(self) -> int:
        return self.samples
