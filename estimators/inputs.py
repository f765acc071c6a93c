"""Checks of an estimator's inputs, so that no wrong shape is broadcast silently. They read shapes, run no operators."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TypeGuard

import torch
from torch import Tensor, nn

from estimators.distributions import Distribution
from estimators.estimate import AnyCost, Cost, Deeper, Estimate
from estimators.latents import Latent


def check_distribution(name: str, q: Distribution, latent: Latent) -> None:
    """Raises an error, which begins with ``name``, unless ``q`` is a distribution of the layer ``latent``.

    Several such layers stacked along a further dimension are accepted too.
    """
    family = getattr(q, "family", None)
    if family is None:
        raise TypeError(f"{name}: q is a {type(q).__name__}; it must be a distribution, as {latent} makes from logits")
    shape = tuple(q.event_shape)
    if family != latent.family or shape[: len(latent.shape)] != latent.shape:
        served = f"the estimator was built for {latent.family} codes of shape {latent.shape}"
        raise ValueError(f"{name}: q has {family} codes of shape {shape}, but {served}")


def check_context(name: str, context: Tensor | None, size: int | None, batch: torch.Size) -> None:
    """Raises a ValueError if a context is used and does not have ``size`` numbers per example."""
    if context is None or size is None:
        return
    if context.shape != (*batch, size):
        needed = f"it must be {(*batch, size)}, {size} numbers per example"
        raise ValueError(f"{name}: the context has shape {tuple(context.shape)}; {needed}")


class CheckedCost:
    """Wraps the user's cost and checks every call.

    The scale of a layer below is left out of its estimate: it was for that layer's KL, which is part of the cost, and
    an estimator that returns the cost's estimate as its own would scale this layer's KL by it.

    Args:
        name: name of the estimator that calls it.
        cost: the user's cost.
        code_dims: number of dimensions of one code.
    """

    def __init__(self, name: str, cost: AnyCost, code_dims: int) -> None:
        self.name = name
        self.cost = cost
        self.code_dims = code_dims

    def __call__(self, z: Tensor, /, deeper: Deeper = "sample") -> Tensor | Estimate:
        before = version(z)
        cost = self.cost
        result = cost(z, deeper=deeper) if deeper != "sample" and takes_deeper(cost) else cost(z)
        if version(z) != before:
            raise ValueError(f"{self.name}: the cost changes its code in place; it must leave it as it is")
        self.check(result, tuple(z.shape), z.shape[: z.ndim - self.code_dims])
        if isinstance(result, Estimate) and result.scale is not None:
            return replace(result, scale=None)
        return result

    def check(self, result: Tensor | Estimate, codes: tuple[int, ...], needed: torch.Size) -> None:
        """Raises an error unless there is one number per code."""
        if isinstance(result, Estimate):
            result.check_shapes(f"{self.name}: the cost's estimate for codes {codes}", needed)
        elif not isinstance(result, Tensor):
            raise TypeError(f"{self.name}: the cost returned {result!r:.80}; it must return a tensor or an Estimate")
        elif result.shape != needed:
            wanted = f"it must be {tuple(needed)}, one number per code"
            raise ValueError(f"{self.name}: the cost of codes {codes} has shape {tuple(result.shape)}; {wanted}")


def takes_deeper(cost: AnyCost) -> TypeGuard[Cost]:
    """Whether the cost has the argument ``deeper``, which is optional without stochastic layers below."""
    function = cost.forward if isinstance(cost, nn.Module) else cost
    if torch.compiler.is_compiling():  # it traces functions, but not calls of inspect
        code = getattr(function, "__code__", None)
        return code is None or "deeper" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # a built-in function of PyTorch
        return False
    return any(parameter.name == "deeper" or parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)


def version(z: Tensor) -> int:
    """How often ``z`` was changed in place; 0 where PyTorch does not count it.

    It does not while ``torch.compile`` traces, in inference mode, and under ``torch.func.vmap``.
    """
    return 0 if torch.compiler.is_compiling() or z.is_inference() else z._version
