"""Softmax over the classes of a categorical variable, the last dimension."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.logits import MANY

FEW = 16
"""Number of classes that fill a vector register of a CPU. For fewer, PyTorch's kernel for the last dimension is not
vectorised, and the one for other dimensions, transposes included, is three to five times as fast."""


def softmax(x: Tensor) -> Tensor:
    """exp(x_c) / sum_c' exp(x_c') of ``[..., n, k]``.

    The kernel's sum in float32 is off by up to 0.2 % for a million classes, so with many classes the result is
    normalised again.
    """
    if x.shape[-1] >= MANY:
        y = torch.softmax(x, dim=-1)
        return y / y.sum(-1, keepdim=True)
    if x.shape[-1] >= FEW:
        return torch.softmax(x, dim=-1)
    return torch.softmax(x.transpose(-1, -2), dim=-2).transpose(-1, -2).contiguous()


def log_softmax(x: Tensor) -> Tensor:
    """x_c - log sum_c' exp(x_c') of ``[..., n, k]``; with many classes normalised again, as in :func:`softmax`."""
    if x.shape[-1] >= MANY:
        y = torch.log_softmax(x, dim=-1)
        return y - torch.logsumexp(y, dim=-1, keepdim=True)
    if x.shape[-1] >= FEW:
        return torch.log_softmax(x, dim=-1)
    return torch.log_softmax(x.transpose(-1, -2), dim=-2).transpose(-1, -2).contiguous()
