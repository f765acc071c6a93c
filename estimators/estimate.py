"""Input and output of an estimator: a cost, and the estimate of its expectation and gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import torch
from torch import Tensor

from estimators.distributions import Distribution
from estimators.logits import at_least_float32

Deeper = Literal["sample", "mean", "relaxed"]
"""How a cost evaluates the stochastic layers below: with their own estimators, at their means, or relaxed."""


class Cost(Protocol):
    """The rest of the model, seen from one stochastic layer: nats as a function of its code.

    It takes codes with any leading sample dimensions, hard or relaxed, and returns ``[*samples, *batch]``, as a tensor
    or, when there is another stochastic layer below, as that layer's estimate.
    """

    def __call__(self, z: Tensor, /, deeper: Deeper = "sample") -> Tensor | Estimate: ...


AnyCost = Cost | Callable[[Tensor], "Tensor | Estimate"]
"""What a caller may pass: without stochastic layers below, a cost may be a function of its code alone."""


@dataclass(frozen=True)
class Estimate:
    """Estimate of an expected cost and its gradient, per example.

    Attributes:
        surrogate: ``[*batch]``. Its gradient is the estimate, for the logits and for every parameter inside the cost.
            Its value has no meaning.
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
        if isinstance(cost, Estimate):
            return cost
        cost = at_least_float32(cost)
        return cls(surrogate=cost, value=cost.detach())

    def with_gradient(
        self, surrogate: Tensor, auxiliary: Tensor | None = None, scale: Tensor | None = None
    ) -> Estimate:
        """The cost at sampled codes, with an estimate of the gradient with respect to the logits of these codes.

        Args:
            surrogate: its gradient is added to that of the parameters inside the cost; its value is not used.
            auxiliary: objective of the estimator's own parameters, added to that of the layers below.
            scale: as in :class:`Estimate`.
        """
        return Estimate(surrogate + self.surrogate, self.value, total([auxiliary, self.auxiliary]), scale)

    def mean(self) -> Estimate:
        """The mean over samples: ``[S, *batch] -> [*batch]``."""
        return replace(self, surrogate=self.surrogate.mean(0), value=self.value.mean(0))

    def expectation(self, prob: Tensor) -> Estimate:
        """The sum over codes with constant weights, ``prob``, of the cost's shape: ``[S, *batch] -> [*batch]``."""
        weight = prob.detach()
        return replace(self, surrogate=(weight * self.surrogate).sum(0), value=(weight * self.value).sum(0))

    def plus(self, term: Tensor) -> Estimate:
        """Adds a differentiable term ``[*batch]`` that does not depend on the codes, such as an analytic KL."""
        return replace(self, surrogate=self.surrogate + term, value=self.value + term.detach())

    def __add__(self, term: Tensor) -> Estimate:
        """:meth:`plus`, which ``torch.compile(fullgraph=True)`` can trace; it would take ``+`` for a tensor's."""
        return self.plus(term)

    def check_shapes(self, name: str, batch: torch.Size) -> None:
        """Raises a ValueError, which begins with ``name``, unless there is one number per example."""
        for part, tensor in (("surrogate", self.surrogate), ("value", self.value)):
            if tensor.shape != batch:
                shapes = f"{tuple(tensor.shape)}; it must be {tuple(batch)}, one number per example"
                raise ValueError(f"{name}: its {part} has shape {shapes}")
        if self.auxiliary is not None and self.auxiliary.ndim:
            raise ValueError(f"{name}: its auxiliary has shape {tuple(self.auxiliary.shape)}; it must be a scalar")

    def plus_kl(self, q: Distribution, prior: Distribution) -> Estimate:
        """Adds KL(q || prior) in closed form, where q is the distribution whose gradient was estimated.

        Its gradient with respect to the logits of q is scaled as the estimator scaled its own. Otherwise the two parts
        of the loss would have different weights for the encoder, and the KL would dominate a normalised signal.
        """
        return self.plus(self._scaled(q).kl(prior))

    def minus_entropy(self, q: Distribution, weight: float = 1.0) -> Estimate:
        """Subtracts ``weight`` times the entropy of q, whose gradient was estimated; scaled as in :meth:`plus_kl`."""
        return self.plus(-weight * self._scaled(q).entropy())

    def _scaled(self, q: Distribution) -> Distribution:
        return q if self.scale is None else q.scale_gradient(self.scale)


def total(auxiliaries: Iterable[Tensor | None]) -> Tensor | None:
    """Sum of the objectives that are not None; None when all are."""
    present = [auxiliary for auxiliary in auxiliaries if auxiliary is not None]
    if len(present) < 2:
        return present[0] if present else None
    return torch.stack(present).sum()
