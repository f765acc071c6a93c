"""Gradients that estimators compute within a step: of a cost in its code, of a variance in their own parameters.

They use plain autograd where possible, since it supports what costs contain in practice: activation checkpointing,
batch normalisation in training mode, hooks, functions with a custom backward pass. Under ``torch.func.vmap`` or
``torch.compile``, where plain autograd does not work, they use ``torch.func``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor

Aux = TypeVar("Aux")


def pull_back(
    function: Callable[[Tensor], tuple[Tensor, Aux]], point: Tensor
) -> tuple[Tensor, Callable[[], Tensor], Aux]:
    """The function's value at a point, a callable for the gradient of the value's sum there, and the auxiliary output.

    Value and auxiliary output stay differentiable in everything but the point. If gradients are enabled when the
    callable is called, the gradient is differentiable too.
    """
    if only_functional(point):
        with explained():
            value, pull, rest = torch.func.vjp(function, point, has_aux=True)  # type: ignore[misc]
        return value, lambda: pull(torch.ones_like(value))[0], rest
    with torch.enable_grad():
        leaf = point.detach().requires_grad_()
        value, rest = function(leaf)

    def gradient() -> Tensor:
        if not value.requires_grad:  # a constant
            return torch.zeros_like(leaf)
        (slope,) = torch.autograd.grad(
            value, leaf, torch.ones_like(value),
            retain_graph=True, create_graph=torch.is_grad_enabled(), materialize_grads=True,
        )  # fmt: skip
        return slope

    return value if torch.is_grad_enabled() else value.detach(), gradient, rest


def gradients(
    function: Callable[[Mapping[str, Tensor]], tuple[Tensor, Tensor]], own: Mapping[str, Tensor]
) -> tuple[dict[str, Tensor], Tensor]:
    """Gradients of the function's first result, a scalar, in each argument, and its second result; all constants."""
    if only_functional(*own.values()):
        with torch.no_grad(), explained():
            return torch.func.grad(function, has_aux=True)(own)
    with torch.enable_grad():
        leaves = {name: parameter.detach().requires_grad_() for name, parameter in own.items()}
        value, rest = function(leaves)
        slopes = torch.autograd.grad(value, list(leaves.values()), materialize_grads=True)
    return dict(zip(leaves, slopes, strict=True)), rest.detach()


def only_functional(*points: Tensor) -> bool:
    """Whether only ``torch.func`` can differentiate here, not plain autograd."""
    if torch.compiler.is_compiling() or torch.is_inference_mode_enabled():
        return True
    try:
        points[0].detach().requires_grad_()
    except RuntimeError:  # not allowed under a transform of torch.func
        return True
    return False


@contextmanager
def explained() -> Iterator[None]:
    """Adds what to do to the error of ``torch.func`` for an operation of the cost that it does not support."""
    try:
        yield
    except RuntimeError as error:
        if "torch.func" not in str(error) and "transform" not in str(error):
            raise
        raise RuntimeError(
            "under torch.func.vmap this estimator differentiates the cost with torch.func, which does not support one "
            "of its operations. Call it for one model at a time, or choose an estimator that only evaluates the cost, "
            f"such as rloo. torch.func says: {error}"
        ) from error
