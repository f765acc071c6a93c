"""Gradients that estimators take inside of a step: of a cost in its code, of a variance in their own parameters.

Plain autograd takes them where it can, since it supports what costs contain in practice: activation checkpointing,
batch normalisation in training mode, hooks, functions with a backward pass of their own. Below ``torch.func.vmap`` or
``torch.compile`` it has no say, and ``torch.func`` takes them.
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
    """The function's value at a point, the gradient of the value's sum there, and what else the function returns.

    Value and rest stay differentiable in everything but the point. The gradient is taken when it is called for; where
    gradients are enabled then, it is differentiable too.
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
    """Of the function's first result, a scalar, in each of its arguments; and its second result. All are constants."""
    if only_functional(*own.values()):
        with torch.no_grad(), explained():
            return torch.func.grad(function, has_aux=True)(own)
    with torch.enable_grad():
        leaves = {name: parameter.detach().requires_grad_() for name, parameter in own.items()}
        value, rest = function(leaves)
        slopes = torch.autograd.grad(value, list(leaves.values()), materialize_grads=True)
    return dict(zip(leaves, slopes, strict=True)), rest.detach()


def only_functional(*points: Tensor) -> bool:
    """Whether plain autograd cannot differentiate here."""
    if torch.compiler.is_compiling() or torch.is_inference_mode_enabled():
        return True
    try:
        points[0].detach().requires_grad_()
    except RuntimeError:  # what a function below a transform of torch.func may not do
        return True
    return False


@contextmanager
def explained() -> Iterator[None]:
    """Explains what to do where ``torch.func`` does not support an operation of the cost."""
    try:
        yield
    except RuntimeError as error:
        if "torch.func" not in str(error) and "transform" not in str(error):
            raise
        raise RuntimeError(
            "below torch.func.vmap this estimator differentiates the cost with torch.func, which refuses a part of it. "
            "Call it for one model at a time, or take an estimator that evaluates the cost only, such as rloo. "
            f"torch.func says: {error}"
        ) from error
