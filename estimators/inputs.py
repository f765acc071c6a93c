"""Checks of an estimator's inputs, before a wrong shape is broadcast silently. They read shapes and run no operator."""

from __future__ import annotations

import inspect
from typing import TypeGuard

import torch
from torch import Tensor, nn

from estimators.distributions import Distribution
from estimators.estimate import AnyCost, Cost, Deeper, Estimate
from estimators.latents import Latent


def check_distribution(name: str, q: Distribution, latent: Latent) -> None:
    """Raises an error, in the name of the estimator, unless ``q`` is a distribution of a layer that is as ``latent``.

    Several such layers seen as one, along a further dimension, are also distributions of it.
    """
    family = getattr(q, "family", None)
    if family is None:
        raise TypeError(f"{name}: q is a {type(q).__name__}, a distribution is needed, as {latent} makes from logits")
    shape = tuple(q.event_shape)
    if family != latent.family or shape[: len(latent.shape)] != latent.shape:
        served = f"it was built for {latent.family} codes of the shape {latent.shape}"
        raise ValueError(f"{name}: q has {family} codes of the shape {shape}, {served}")


def check_context(name: str, context: Tensor | None, size: int | None, batch: torch.Size) -> None:
    """Raises a ValueError unless a context that is used has ``size`` numbers per example."""
    if context is None or size is None:
        return
    if context.shape != (*batch, size):
        needed = f"{size} numbers per example are needed, {(*batch, size)}"
        raise ValueError(f"{name}: the context has the shape {tuple(context.shape)}, {needed}")


class CheckedCost:
    """The user's cost, with a check of every call.

    Args:
        name: of the estimator that calls it.
        cost: the user's.
        code_dims: dimensions of one code.
    """

    def __init__(self, name: str, cost: AnyCost, code_dims: int) -> None:
        self.name = name
        self.cost = cost
        self.code_dims = code_dims

    def __call__(self, z: Tensor, /, deeper: Deeper = "sample") -> Tensor | Estimate:
        before = version(z)
        cost = self.cost
        found = cost(z, deeper=deeper) if deeper != "sample" and takes_deeper(cost) else cost(z)
        if version(z) != before:
            raise ValueError(f"{self.name}: the cost changes its code in place; it must leave it as it is")
        self.check(found, tuple(z.shape), z.shape[: z.ndim - self.code_dims])
        return found

    def check(self, found: Tensor | Estimate, codes: tuple[int, ...], needed: torch.Size) -> None:
        """Raises an error unless there is one number per code."""
        if isinstance(found, Estimate):
            found.check_shapes(f"{self.name}: of codes {codes} the cost's estimate", needed)
        elif not isinstance(found, Tensor):
            raise TypeError(f"{self.name}: the cost returned {found!r:.80}, a tensor or an Estimate is needed")
        elif found.shape != needed:
            wanted = f"one number per code is needed, {tuple(needed)}"
            raise ValueError(f"{self.name}: the cost of codes {codes} has the shape {tuple(found.shape)}, {wanted}")


def takes_deeper(cost: AnyCost) -> TypeGuard[Cost]:
    """Whether the cost has the argument, which one without stochastic layers below may lack."""
    function = cost.forward if isinstance(cost, nn.Module) else cost
    if torch.compiler.is_compiling():  # which reads the code of functions, but not through inspect
        code = getattr(function, "__code__", None)
        return code is None or "deeper" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # a function of PyTorch's own
        return False
    return any(each.name == "deeper" or each.kind is each.VAR_KEYWORD for each in parameters)


def version(z: Tensor) -> int:
    """How often ``z`` was changed in place; 0 where that is not counted.

    That is while ``torch.compile`` reads the code, in inference mode, and below ``torch.func.vmap``.
    """
    return 0 if torch.compiler.is_compiling() or z.is_inference() else z._version
