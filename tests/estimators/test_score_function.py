from __future__ import annotations

import copy
import itertools
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from estimators import Bernoulli, Estimate, Estimator, Latent, StraightThrough
from estimators.score_function import NVIL, RLOO, Normalisation, Reinforce, ReinforceEMA

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


@pytest.mark.parametrize("outer", [StraightThrough, Reinforce])
def test_the_scale_of_a_layer_below_scales_no_kl_of_the_layer_above(outer: type[Estimator]):
    below = trained().eval()

    def layer_below(z: Tensor) -> Estimate:
        return below(Bernoulli(logits=z), cost, torch.zeros(8, 3))

    assert layer_below(torch.zeros(8, 4)).scale is not None
    assert outer(LATENT)(Bernoulli(logits=torch.zeros(8, 4)), layer_below).scale is None


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


def test_the_moving_average_is_of_past_batches_only():
    torch.manual_seed(0)
    estimator = ReinforceEMA(LATENT, decay=0.5)
    values = [estimator(Bernoulli(logits=torch.zeros(64, 4)), cost).value.mean().item() for _ in range(3)]
    assert estimator.signal(torch.zeros(1)).item() == pytest.approx(-(values[0] + 2 * values[1] + 4 * values[2]) / 7)
    assert estimator.eval().signal(torch.tensor([5.0])).item() == estimator.signal(torch.tensor([5.0])).item()


def test_the_first_batch_has_no_baseline():
    gradients = []
    for estimator in (ReinforceEMA(LATENT), Reinforce(LATENT)):
        torch.manual_seed(0)
        logits = torch.zeros(8, 4, requires_grad=True)
        gradients += torch.autograd.grad(estimator(Bernoulli(logits=logits), cost).surrogate.sum(), logits)
    assert torch.equal(*gradients)


PAIR_LOGITS = torch.tensor([[0.7, -1.1], [2.0, 0.3]], dtype=torch.float64)
"""Of two examples, of which the second one's costs vary three times as much."""


def pair_cost(z: Tensor) -> Tensor:
    return (2 + z[..., 0] - 2 * z[..., 1] + z.prod(-1)) * torch.tensor([1.0, 3.0], dtype=torch.float64)


def expected_signal_and_score(samples: int, weight: Callable[[Tensor], Tensor]) -> Tensor:
    """E[1 / (S - 1) sum_s (f_s - mean f) s(z_s) / d] over all tuples, d = ``weight(f)``, for both examples."""
    support = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)
    total = torch.zeros_like(PAIR_LOGITS)
    for codes in itertools.product(support, repeat=samples):
        z = torch.stack(codes).unsqueeze(1).expand(samples, 2, 2)
        q = Bernoulli(logits=PAIR_LOGITS)
        f = pair_cost(z)
        prob = q.log_prob(z).sum(0).exp()
        summed = ((f - f.mean(0)).unsqueeze(-1) * (z - q.mean)).sum(0) / (samples - 1)
        total += (prob / weight(f)).unsqueeze(-1) * summed
    return total


def drawn(normalise: Normalisation, samples: int, rows: int = 200_000) -> tuple[Tensor, Tensor, Estimate]:
    """Mean and standard error of the gradients of both examples, and the estimate."""
    torch.manual_seed(0)
    logits = PAIR_LOGITS.expand(rows, 2, 2).clone().requires_grad_()
    estimator = RLOO(Latent("bernoulli", 2), samples=samples, normalise=normalise)
    estimate = estimator(Bernoulli(logits=logits), pair_cost)
    (found,) = torch.autograd.grad(estimate.surrogate.sum(), logits)
    return found.mean(0), found.std(0) / rows**0.5, estimate


@pytest.mark.parametrize("samples", [2, 4])
def test_rloo_by_the_deviation_of_the_group_is_grpo(samples: int):
    mean, error, estimate = drawn("group", samples)
    expected = expected_signal_and_score(samples, lambda f: f.std(0).clamp(min=1e-4))
    assert ((mean - expected).abs() / error).max() < 4.5
    right = expected_signal_and_score(samples, lambda f: torch.ones(2, dtype=torch.float64))
    off = [1 - torch.cosine_similarity(part.flatten(), right.flatten(), dim=0) for part in (expected, mean)]
    assert min(off) > 0.03  # examples count as 1 / d, so the direction is another one
    assert not RLOO(LATENT, normalise="group").unbiased
    assert estimate.scale is not None
    assert estimate.scale.ndim == 0


def test_rloo_by_the_deviation_of_a_large_batch_is_unbiased_up_to_the_scale_that_it_reports():
    mean, error, estimate = drawn("batch", samples=4)
    right = expected_signal_and_score(4, lambda f: torch.ones(2, dtype=torch.float64))
    assert estimate.scale is not None
    assert ((mean / estimate.scale - right).abs() / (error / estimate.scale)).max() < 4.5
    assert (error / estimate.scale).norm() < 0.01 * right.norm()


@pytest.mark.parametrize("normalise", ["group", "batch"])
def test_costs_that_are_all_the_same_teach_nothing_and_scale_nothing_to_infinity(normalise: Normalisation):
    logits = torch.zeros(5, 4, requires_grad=True)
    estimate = RLOO(LATENT, normalise=normalise)(Bernoulli(logits=logits), lambda z: torch.ones(z.shape[:-1]))
    (found,) = torch.autograd.grad(estimate.surrogate.sum(), logits)
    assert found.abs().max() == 0
    assert estimate.scale is not None
    assert estimate.scale.isfinite()


def test_a_normalisation_that_is_none_is_refused():
    with pytest.raises(ValueError, match="normalise='std': choose one of none, group, batch"):
        RLOO(LATENT, normalise="std")  # type: ignore[arg-type]


@pytest.mark.parametrize("samples", [1, 0, 2.5])
def test_rloo_needs_two_samples(samples: int):
    with pytest.raises(ValueError, match=r"samples="):
        RLOO(LATENT, samples=samples)
