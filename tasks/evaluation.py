"""The mode in which models are scored, measured and shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluation_mode(*models: nn.Module) -> Iterator[None]:
    """Evaluation mode inside the block: dropout is off, batch normalisation uses its running statistics and keeps them.

    After it every submodule is in the mode that it was in before, also one that was frozen inside a model in training.
    """
    modes = [(module, module.training) for model in models for module in model.modules()]
    for model in models:
        model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
