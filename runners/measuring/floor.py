"""The floor of a computation's time: its matrix products alone, on the same shapes."""

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
"""The product that an operation contains, and which of its arguments are the factors: a bias is no product."""

CONVOLUTIONS = (aten.convolution.default, aten.convolution_backward.default)
"""Repeated as they are."""


class MatrixProducts(TorchDispatchMode):
    """Within the block, takes down every matrix product, also of backward passes; :meth:`repeat` does them again.

    The factors are new tensors of the same shapes, strides and types, and the products have their memory already.
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
            copies = [alike(each) if isinstance(each, Tensor) else each for each in args]
            self.calls.append(lambda: func(*copies))
        return func(*args, **(kwargs or {}))

    def repeat(self) -> None:
        """The products again, one after the other."""
        for call in self.calls:
            call()


def alike(tensor: Tensor) -> Tensor:
    """Random numbers in the same memory layout; dimensions that are repeated without memory of their own stay so."""
    once = [1 if step == 0 else size for size, step in zip(tensor.shape, tensor.stride(), strict=True)]
    filled = torch.empty_strided(once, tensor.stride(), dtype=tensor.dtype, device=tensor.device).uniform_()
    return filled.expand(tensor.shape)
