"""What an observation costs under the output of a decoder, in nats."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def bernoulli_negative_log_likelihood(logits: Tensor, x: Tensor) -> Tensor:
    """-log p(x) of independent Bernoulli pixels, nats: logits and x in [0, 1], ``[..., d]``, broadcast to ``[...]``."""
    # Not binary_cross_entropy_with_logits, which vmap takes apart into operations three times as slow.
    return F.softplus(logits).sum(-1) - torch.linalg.vecdot(logits, x)
