"""Estimators that put a differentiable code in the place of the sample, so that backpropagation does the rest."""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache
from typing import Any

from torch import Tensor

from estimators.catalogue import make
from estimators.distributions import Distribution
from estimators.estimator import Cost, Estimate, Estimator
from estimators.latents import Family


class Substitution(Estimator):
    """g = grad f(z'),  z' a code that depends differentiably on the logits: a relaxed one, or a hard one with a path.

    1 evaluation of the cost and its gradient. The cost's parameters see z' too.
    """

    unbiased = False

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(self.substitute(q)))

    @abstractmethod
    def substitute(self, q: Distribution) -> Tensor:
        """A draw ``[*batch, n(, k)]`` that replaces the sample, differentiable in the logits."""


def sample(logits: Tensor, name: str, *, family: Family, step: int = 0, **settings: Any) -> Tensor:
    """A sample whose gradient is that of an estimator: a replacement of ``F.gumbel_softmax``.

    ``z = sample(logits, "reinmax", family="categorical")``

    Args:
        logits: ``[*batch, n]`` for bits; ``[*batch, k]``, with any leading dimensions, for variables of k classes.
        name: an estimator of this kind, such as "straight_through", "reinmax" or "gumbel_softmax".
        family: "bernoulli" or "categorical".
        step: of the training, for a temperature or a slope with a schedule.
        settings: in place of those of the estimator's configuration, such as ``temperature=0.5``.

    Returns:
        of the shape of the logits.

    Raises:
        ValueError: the estimator needs to see the cost, as those with baselines and control variates do.
    """
    bits = family == "bernoulli"
    n, k = (logits.shape[-1], 2) if bits else (1, logits.shape[-1])
    estimator = _made(name, family, n, k, tuple(sorted(settings.items()))).to(logits.device)
    estimator.set_step(step)
    return estimator.substitute(estimator.latent(logits)).view(logits.shape)


@lru_cache(maxsize=64)
def _made(name: str, family: Family, n: int, k: int, settings: tuple[tuple[str, Any], ...]) -> Substitution:
    """Once for each layer, since a configuration takes longer to read than a code to draw."""
    estimator = make(name, family=family, n=n, k=k, **dict(settings))
    if not isinstance(estimator, Substitution):
        raise ValueError(f"{name}: it needs to see the cost, so it cannot be a sample alone; see estimators.make")
    return estimator
