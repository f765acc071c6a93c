"""A lower bound on the time of a computation: its matrix products alone, with the same shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten

PRODUCTS: dict[Any, tuple[Any, tuple[int, int]]] = {
    aten.mm.default: (torch.mm, (0, 1)),
    aten.addmm.default: (torch.mm, (1, 2)),
    aten.bmm.default: (torch.bmm, (0, 1)),
    aten.baddbmm.default: (torch.bmm, (1, 2)),
}
"""The matrix product in an operation, and which of its arguments are the factors. A bias is left out."""

CONVOLUTIONS = (aten.convolution.default, aten.convolution_backward.default)
"""Repeated as a whole."""


class MatrixProducts(TorchDispatchMode):
    """Within the block, records every matrix product, including backward passes; :meth:`repeat` computes them again.

    The factors are new tensors of the same shapes, strides and types, and memory for the results is already allocated.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Callable[[], Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in PRODUCTS:
            product, places = PRODUCTS[func]
            factors = [alike(args[place]) for place in places]
            out = product(*factors)
            self.calls.append(lambda: product(*factors, out=out))
        elif func in CONVOLUTIONS:
            copies = [alike(arg) if isinstance(arg, Tensor) else arg for arg in args]
            self.calls.append(lambda: func(*copies))
        return func(*args, **(kwargs or {}))

    def repeat(self) -> None:
        """Computes the recorded products, one after the other."""
        for call in self.calls:
            call()


def alike(tensor: Tensor) -> Tensor:
    """Random numbers with the same memory layout; expanded dimensions stay expanded."""
    once = [1 if stride == 0 else size for size, stride in zip(tensor.shape, tensor.stride(), strict=True)]
    filled = torch.empty_strided(once, tensor.stride(), dtype=tensor.dtype, device=tensor.device).uniform_()
    return filled.expand(tensor.shape)
