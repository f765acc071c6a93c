"""Negative log-likelihoods of observations under the output of a decoder, in nats."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def bernoulli_negative_log_likelihood(logits: Tensor, x: Tensor) -> Tensor:
    """-log p(x) of independent Bernoulli pixels, nats: logits and x in [0, 1], ``[..., d]``, broadcast to ``[...]``."""
    # Not binary_cross_entropy_with_logits, which vmap decomposes into operations that are three times as slow.
    return F.softplus(logits).sum(-1) - torch.linalg.vecdot(logits, x)


@torch.no_grad()
def bernoulli_negative_log_likelihood_in_place(logits: Tensor, x: Tensor) -> Tensor:
    """The same without a gradient and faster; it overwrites the logits.

    It uses log(1 + e^l) = max(l, 0) - log s(|l|), with s the sigmoid, and takes one logarithm of the product of up to
    64 pixels, which is in [2^-64, 1].
    """
    nats = torch.relu(logits).sum(-1) - torch.linalg.vecdot(logits, x)
    product = logits.abs_().sigmoid_()
    for _ in range(6):
        half, odd = divmod(product.shape[-1], 2)
        if odd:
            break
        product = product[..., :half].mul_(product[..., half:])
    return nats - product.log_().sum(-1)
