from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from estimators import Bernoulli, Estimate, Latent
from estimators.score_function import NVIL, RLOO

LATENT = Latent("bernoulli", n=4)


def cost(z: Tensor, deeper: str = "sample") -> Tensor:
    return 100 + (z * torch.arange(1.0, 5.0)).sum(-1).square()


def trained(calls: int = 50) -> NVIL:
    """NVIL whose moments and network have seen some batches."""
    torch.manual_seed(0)
    nvil = NVIL(LATENT, context_size=3, hidden=5)
    for _ in range(calls):
        nvil(Bernoulli(logits=torch.zeros(64, 4)), cost, torch.randn(64, 3))
    return nvil


def test_nvil_counts_the_first_batch_in_full():
    nvil = trained(calls=1)
    residual = 100 + 30 / 4 + 100 / 4  # the mean cost of uniform bits
    assert nvil.baseline.moments.mean.item() == pytest.approx(residual, rel=0.1)


def test_nvil_does_not_learn_from_what_it_is_evaluated_on():
    nvil = trained().eval()
    before = copy.deepcopy(nvil.state_dict())
    nvil(Bernoulli(logits=torch.zeros(64, 4)), cost, torch.randn(64, 3))
    assert all(torch.equal(before[name], value) for name, value in nvil.state_dict().items())


def test_nvil_scales_the_layers_own_gradient_and_not_that_of_the_cost():
    nvil = trained().eval()
    strength = torch.ones(8, requires_grad=True)
    estimate = nvil(Bernoulli(logits=torch.zeros(8, 4)), lambda z: strength * cost(z), torch.zeros(8, 3))
    (gradient,) = torch.autograd.grad(estimate.surrogate.sum(), strength)
    assert torch.equal(gradient, estimate.value)
    assert estimate.scale is not None
    assert estimate.scale.item() == pytest.approx(1 / nvil.baseline.moments.variance.sqrt().item())
    assert estimate.scale < 0.2


def test_a_kl_is_scaled_for_the_posterior_and_not_for_the_prior():
    logits, prior_logits = torch.randn(2, 5, 4, dtype=torch.float64).unbind()
    logits.requires_grad_()
    prior_logits = prior_logits[0].requires_grad_()
    q, prior = Bernoulli(logits=logits), Bernoulli(logits=prior_logits)
    gradients = []
    for scale in (None, torch.tensor(0.25, dtype=torch.float64)):
        nothing = (0 * logits).sum(-1)
        estimate = Estimate(nothing, nothing.detach(), scale=scale).plus_kl(q, prior)
        gradients.append(torch.autograd.grad(estimate.surrogate.sum(), [logits, prior_logits], retain_graph=True))
    plain, scaled = gradients
    torch.testing.assert_close(scaled[0], plain[0] / 4)
    torch.testing.assert_close(scaled[1], plain[1])


def test_nvil_asks_for_the_context_that_it_was_built_for():
    with pytest.raises(ValueError, match="context"):
        NVIL(LATENT, context_size=3)(Bernoulli(logits=torch.zeros(2, 4)), cost)


def test_the_gradient_of_half_the_variance_of_log_ratios_is_rloo_with_log_q_in_the_cost():
    """VarGrad: Richter et al. 2020, proposition 1."""
    logits = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)

    def with_log_q(z: Tensor, deeper: str = "sample") -> Tensor:
        return cost(z) + Bernoulli(logits=logits.detach()).log_prob(z)

    torch.manual_seed(1)
    surrogate = RLOO(LATENT, samples=3)(Bernoulli(logits=logits), with_log_q).surrogate.sum()
    (rloo,) = torch.autograd.grad(surrogate, logits)
    torch.manual_seed(1)
    q = Bernoulli(logits=logits)
    z = q.sample(3)
    (vargrad,) = torch.autograd.grad((cost(z) + q.log_prob(z)).var(0).sum() / 2, logits)
    torch.testing.assert_close(rloo, vargrad, atol=1e-12, rtol=0)


@pytest.mark.parametrize("samples", [1, 0, 2.5])
def test_rloo_needs_two_samples(samples: int):
    with pytest.raises(ValueError, match=r"samples="):
        RLOO(LATENT, samples=samples)
