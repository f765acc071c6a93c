"""Estimators that replace the sample with a differentiable code, so that backpropagation does the rest."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from estimators.catalogue import make
from estimators.distributions import Distribution
from estimators.estimator import Cost, Estimate, Estimator
from estimators.latents import Family


class Substitution(Estimator):
    """g = grad f(y),  y a code that depends differentiably on the logits: a relaxed code, or a hard one with a path.

    1 evaluation of the cost and its gradient. The gradient of the cost's parameters is also taken at y.
    """

    unbiased = False

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = self.substitute(q)
        at_z = Estimate.of(cost(z))
        if z.requires_grad and not at_z.surrogate.requires_grad:
            need = "choose an estimator that only evaluates the cost, such as rloo"
            raise ValueError(f"{type(self).__name__}: the cost is not differentiable in its code; {need}")
        return at_z

    @abstractmethod
    def substitute(self, q: Distribution) -> Tensor:
        """The code that replaces the sample, ``[*batch, n(, k)]``, differentiable in the logits."""


def sample(logits: Tensor, name: str, *, family: Family, step: int = 0, **settings: Any) -> Tensor:
    """A sample with the gradient of an estimator: a drop-in replacement for ``F.gumbel_softmax``.

    ``z = sample(logits, "reinmax", family="categorical")``

    Args:
        logits: ``[*batch, n]`` for bits; ``[*batch, k]``, with any leading dimensions, for variables of k classes.
        name: an estimator of this kind, such as "straight_through", "reinmax" or "gumbel_softmax".
        family: "bernoulli" or "categorical".
        step: training step, for a temperature or a slope with a schedule.
        settings: settings that replace those of the estimator's configuration, such as ``temperature=0.5``.

    Returns:
        A code of the shape of the logits.

    Raises:
        TypeError: the logits are not a floating-point tensor, or the estimator has no such setting.
        ValueError: the estimator needs the cost, as those with baselines and control variates do; or a value is not
            valid.
    """
    if not isinstance(logits, Tensor) or not logits.is_floating_point() or logits.ndim == 0:
        given = f"{logits.dtype}, {tuple(logits.shape)}" if isinstance(logits, Tensor) else type(logits).__name__
        raise TypeError(f"logits: a floating-point tensor with at least one dimension is needed, not {given}")
    bits = family == "bernoulli"
    n, k = (logits.shape[-1], 2) if bits else (1, logits.shape[-1])
    kept = tuple((key, tuple(value) if isinstance(value, list) else value) for key, value in sorted(settings.items()))
    layer = (name, family, n, k, kept, logits.device)
    _make(layer)
    estimator = _MADE[layer]
    estimator.set_step(step)
    return estimator.substitute(estimator.latent(logits)).view(logits.shape)


_Layer = tuple[str, Family, int, int, tuple[tuple[str, Any], ...], torch.device]

_MADE: dict[_Layer, Substitution] = {}
"""Estimators by name, layer, settings and device, since reading a configuration takes longer than drawing a code."""

MOST_MADE = 64


def _make(layer: _Layer) -> None:
    """Ensures that :data:`_MADE` has an estimator for this layer."""
    try:
        if layer in _MADE:
            return
        is_kept = True
    except TypeError:  # a part of it is not hashable, and most probably of a wrong type
        is_kept = False
    name, family, n, k, settings, device = layer
    estimator = make(name, family=family, n=n, k=k, **dict(settings))
    if not isinstance(estimator, Substitution):
        raise ValueError(f"{name}: it needs the cost, so a sample alone is not enough; use estimators.make instead")
    if not is_kept:
        raise TypeError(f"{dict(settings)}: numbers, texts, lists and schedules are needed; or use estimators.make")
    if len(_MADE) >= MOST_MADE:
        _MADE.clear()
    _MADE[layer] = estimator.to(device)


# A compiler calls the function instead of tracing Hydra: torch.compiler.assume_constant_result, which would import
# Dynamo and so double the time that importing this package takes.
_make._dynamo_marked_constant = True  # pyright: ignore[reportFunctionMemberAccess]
