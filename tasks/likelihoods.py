"""What an observation costs under the output of a decoder, in nats."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def bernoulli_negative_log_likelihood(logits: Tensor, x: Tensor) -> Tensor:
    """-log p(x) of independent Bernoulli pixels, nats: logits and x in [0, 1], ``[..., d]``, broadcast to ``[...]``."""
    # Not binary_cross_entropy_with_logits, which vmap takes apart into operations three times as slow.
    return F.softplus(logits).sum(-1) - torch.linalg.vecdot(logits, x)


@torch.no_grad()
def bernoulli_negative_log_likelihood_in_place(logits: Tensor, x: Tensor) -> Tensor:
    """The same without a gradient and in less time, from logits that are overwritten.

    With log(1 + e^l) = max(l, 0) - log s(|l|), s the sigmoid: one logarithm of a product of up to 64 pixels, which lies
    in [2^-64, 1].
    """
    nats = torch.relu(logits).sum(-1) - torch.linalg.vecdot(logits, x)
    product = logits.abs_().sigmoid_()
    for _ in range(6):
        half, odd = divmod(product.shape[-1], 2)
        if odd:
            break
        product = product[..., :half].mul_(product[..., half:])
    return nats - product.log_().sum(-1)
