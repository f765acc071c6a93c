"""The mode in which models are evaluated, measured and shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluation_mode(*models: nn.Module) -> Iterator[None]:
    """Evaluation mode inside the block: dropout is off, batch normalisation uses its running statistics unchanged.

    Afterwards the mode of every submodule is restored, including submodules frozen inside a model in training mode.
    """
    modes = [(module, module.training) for model in models for module in model.modules()]
    for model in models:
        model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
