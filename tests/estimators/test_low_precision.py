"""bfloat16 and float16 logits, as autocast makes them: noise, samples and estimates are in float32."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from estimators import Bernoulli, Categorical, Deeper, Estimate, Latent
from tests.estimators.every_estimator import every_pair_in_one_of, made, weights
from tests.estimators.whole_step import estimate_with_kl, gradients

LOW = pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bfloat16", "float16"])


@every_pair_in_one_of("training dtype", *itertools.product((True, False), (torch.bfloat16, torch.float16)))
def test_a_step_under_autocast_is_a_float32_step_with_a_rounded_decoder(
    name: str, latent: Latent, training: bool, dtype: torch.dtype
):
    """From the same noise: gradients differ by the rounding of the decoder's products, less than a tenth of their
    norm; for a tenth of a learning estimator's own, whose squares double it, by less than a fifth.
    """
    rounded = torch.randn(64, latent.size, generator=torch.Generator().manual_seed(1)).to(dtype)
    found = []
    for low in (True, False):
        leaf = (rounded if low else rounded.float()).requires_grad_()
        weight = weights(latent)
        codes: set[torch.dtype] = set()

        def cost(z: Tensor, deeper: Deeper = "sample", weight: Tensor = weight, codes: set = codes) -> Tensor:
            codes.add(z.dtype)
            return 2 + torch.tanh(latent.flatten(z) @ weight - 0.3).sum(-1)

        torch.manual_seed(0)
        estimator = made(name, latent).train(training)
        with torch.autocast("cpu", dtype, enabled=low):
            for seed in (0, 1):
                estimate = estimate_with_kl(estimator, latent(leaf), cost, seed)
        assert codes == {torch.float32}
        assert dtypes(estimate) == {torch.float32}
        found.append([each.float() for each in gradients(estimate, estimator, leaf, weight)])
    for number, (ours, exact) in enumerate(zip(*found, strict=True)):
        assert ours.isfinite().all()
        assert (ours - exact).norm() <= (0.1 if number < 2 else 0.2) * exact.norm() + 1e-3, number


def dtypes(estimate: Estimate) -> set[torch.dtype]:
    tensors = (estimate.surrogate, estimate.value, estimate.auxiliary, estimate.scale)
    return {tensor.dtype for tensor in tensors if tensor is not None}


@LOW
def test_rare_bits_come_as_often_as_they_should(dtype: torch.dtype):
    """A million draws of probability 0.001 see 15 % less at 4.5 sigma; from bfloat16 uniforms none comes."""
    torch.manual_seed(0)
    q = Bernoulli(logits=torch.full((1_000_000, 1), math.log(0.001 / 0.999)).to(dtype))
    probability = q.mean[0].item()
    for z in (q.sample(), q.hard(q.noise())):
        assert abs(z.mean().item() - probability) < 4.5 * math.sqrt(probability / 1e6)


@pytest.mark.parametrize("dtype", [torch.bfloat16, pytest.param(torch.float16, marks=pytest.mark.slow)])
def test_equal_classes_come_equally_often(dtype: torch.dtype):
    """Chi-square over 100 classes with 2e5 draws: sees the 20 % more of the first class that bfloat16 noise gives."""
    torch.manual_seed(0)
    q = Categorical(logits=torch.zeros(200_000, 1, 100, dtype=dtype))
    for z in (q.sample(), q.hard(q.noise())):
        counts = z.sum((0, 1)).double()
        chi_square = ((counts - 2_000).square() / 2_000).sum().item()
        assert chi_square < 99 + 4.5 * math.sqrt(2 * 99)


@LOW
@pytest.mark.parametrize("family", ["bernoulli", "categorical"])
def test_all_values_are_those_of_the_same_logits_in_float32(family: str, dtype: torch.dtype):
    latent = Latent(family, n=3, k=2 if family == "bernoulli" else 4)  # type: ignore[arg-type]
    low = torch.randn(2, 5, latent.size, generator=torch.Generator().manual_seed(0)).to(dtype)
    found = []
    for logits in (low, low.float()):
        q, prior = latent(logits[0]), latent(logits[1])
        torch.manual_seed(0)
        z, noise = q.sample(7), q.noise(7)
        conditional = q.conditional_noise(z)
        relaxed = q.relax(noise, 0.5)
        density = q.relaxed_log_density(relaxed, 0.5)
        found.append([z, noise, conditional, relaxed, density, q.log_prob(z), q.entropy(), q.kl(prior), q.mean])
    for ours, exact in zip(*found, strict=True):
        assert ours.dtype == torch.float32
        assert torch.equal(ours, exact)
