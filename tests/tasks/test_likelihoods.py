from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from tasks.likelihoods import bernoulli_negative_log_likelihood, bernoulli_negative_log_likelihood_in_place

BOTH = [bernoulli_negative_log_likelihood, bernoulli_negative_log_likelihood_in_place]


def reference(logits: Tensor, x: Tensor) -> Tensor:
    """In float64, from PyTorch's own distribution; for grey pixels the mean of the two colours."""
    bernoulli = torch.distributions.Bernoulli(logits=logits.double())
    white = torch.ones_like(bernoulli.logits)
    return -(x * bernoulli.log_prob(white) + (1 - x) * bernoulli.log_prob(1 - white)).sum(-1)


@pytest.mark.parametrize("negative_log_likelihood", BOTH)
@pytest.mark.parametrize("pixels", [1, 7, 64, 392, 784, 4096])
@pytest.mark.parametrize("scale", [0.0, 1.0, 10.0, 1000.0], ids=lambda scale: f"logits of {scale:g}")
@pytest.mark.parametrize("grey", [False, True], ids=["binary", "grey"])
def test_it_agrees_with_float64(
    negative_log_likelihood: Callable[[Tensor, Tensor], Tensor], pixels: int, scale: float, grey: bool
):
    generator = torch.Generator().manual_seed(0)
    logits = scale * torch.randn(20, 3, pixels, generator=generator)
    x = torch.rand(3, pixels, generator=generator)
    x = x if grey else x.round()
    expected = reference(logits, x)
    terms = (torch.nn.functional.softplus(logits) + (logits * x).abs()).sum(-1)
    error = (negative_log_likelihood(logits.clone(), x) - expected).abs()
    assert (error < 4 * torch.finfo(torch.float32).eps * (1 + terms)).all()


def test_in_place_it_passes_no_gradient_on():
    logits = torch.zeros(4, requires_grad=True)
    assert not bernoulli_negative_log_likelihood_in_place(2 * logits, torch.ones(4)).requires_grad
