"""A graph of the CPU, which finds what would go wrong in one of a GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

WAITING = ("_local_scalar_dense", "nonzero", "masked_select", "_unique2", "equal", "lift_fresh")
"""Operators that a GPU cannot record, as the CPU waits for their result, or they copy from its memory."""


class Recording(TorchDispatchMode):
    """:class:`runners.steps.graph.Graph` that calls the recorded operators again, with their results in the memory that
    they were in.

    So a number that Python computed keeps the value that it had, a tensor that was made outside of the step is read
    from where it lay, and one that was assigned to an attribute is not seen by the next step: what is wrong on a GPU is
    wrong here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Callable[[], None]] = []
        self.replays = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = func.overloadpacket.__name__
        assert name not in WAITING, f"{name} cannot be recorded"
        result = func(*args, **kwargs)
        inputs = {leaf.untyped_storage().data_ptr() for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        made = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        own = [tensor.untyped_storage().data_ptr() not in inputs for tensor in made]

        def call() -> None:
            again = [leaf for leaf in tree_leaves(func(*args, **kwargs)) if isinstance(leaf, Tensor)]
            for tensor, new, is_own in zip(made, again, own, strict=True):
                if is_own:
                    tensor.copy_(new)

        self.calls.append(call)
        return result

    def warm_up(self, run: Callable[[], Tensor]) -> Tensor:
        return run()

    def record(self, run: Callable[[], Tensor]) -> Tensor:
        with self:
            return run()

    def replay(self) -> None:
        self.replays += 1
        if self.replays == 1:  # the recording has computed it, as a GPU's does not
            return
        with torch.no_grad():
            for call in self.calls:
                call()
