from __future__ import annotations

import itertools

import pytest
import torch

from estimators import Categorical, Enumeration, Latent, NotApplicable
from estimators.unordered_set import UnorderedSet, leave_out_ratios


def probability(rates: torch.Tensor, chosen: tuple[int, ...]) -> float:
    """That all of ``chosen`` come before a rest of rate 1, by inclusion and exclusion."""
    subsets = itertools.chain.from_iterable(itertools.combinations(chosen, size) for size in range(len(chosen) + 1))
    return sum((-1) ** len(subset) / (1 + sum(rates[i].item() for i in subset)) for subset in subsets)


def test_leave_out_ratios_agree_with_inclusion_and_exclusion():
    torch.manual_seed(0)
    for _ in range(20):
        log_prob, log_others = torch.log_softmax(torch.randn(6, dtype=torch.float64), 0).split(3)
        log_rest = log_others.logsumexp(0)
        rates = (log_prob - log_rest).exp()
        first, second = leave_out_ratios(log_prob[:, None], log_rest[None])
        for s in range(3):
            without_s = tuple(i for i in range(3) if i != s)
            assert first[s].item() == pytest.approx(
                probability(rates, without_s) / probability(rates, (0, 1, 2)), rel=1e-7
            )
            for r in without_s:
                left = tuple(i for i in without_s if i != r)
                expected = probability(rates, left) / probability(rates, without_s)
                assert second[s, r].item() == pytest.approx(expected, rel=1e-7)
            assert second[s, s].item() == 1


class CategoricalAt(Categorical):
    """Takes its noise from a tensor."""

    def __init__(self, logits: torch.Tensor, drawn: torch.Tensor) -> None:
        super().__init__(logits=logits)
        self.drawn = drawn

    def noise(self, *samples: int) -> torch.Tensor:
        return self.drawn


@pytest.mark.parametrize("samples", [2, 3, 4])
def test_the_mean_over_every_draw_without_replacement_is_the_exact_gradient(samples: int):
    """For the logits and for a parameter inside the cost; with all classes drawn every estimate is exact."""
    k = 4
    prob = torch.tensor([0.45, 0.05, 0.3, 0.2], dtype=torch.float64)
    values = torch.tensor([1.0, -3.0, 2.5, 0.5], dtype=torch.float64, requires_grad=True)
    orders = torch.tensor(list(itertools.permutations(range(k), samples)))
    before = prob[orders].cumsum(-1) - prob[orders]
    weight = (prob[orders] / (1 - before)).prod(-1)
    noise = torch.full((len(orders), k), -100.0, dtype=torch.float64)
    noise.scatter_(-1, orders, -10.0 * torch.arange(samples, dtype=torch.float64).expand(len(orders), samples))
    logits = prob.log().expand(len(orders), 1, k).clone().requires_grad_()
    estimator = UnorderedSet(Latent("categorical", n=1, k=k), samples=samples)
    estimate = estimator(CategoricalAt(logits, noise.unsqueeze(-2)), lambda z: (z @ values).sum(-1))
    for_logits, for_values = torch.autograd.grad((weight * estimate.surrogate).sum(), [logits, values])
    exact = prob * (values - prob @ values).detach()
    assert weight.sum().item() == pytest.approx(1, abs=1e-12)
    torch.testing.assert_close(for_logits.sum((0, 1)), exact, atol=1e-10, rtol=0)
    torch.testing.assert_close(for_values, prob, atol=1e-10, rtol=0)
    assert (weight * estimate.value).sum().item() == pytest.approx((prob @ values).item(), abs=1e-10)
    if samples == k:
        single = for_logits.squeeze(1) / weight.unsqueeze(-1)
        torch.testing.assert_close(single, exact.expand_as(single), atol=1e-10, rtol=0)


LAYERS = [Latent("bernoulli", n=3), Latent("categorical", n=2, k=3)]


def joint_cost(latent: Latent, z: torch.Tensor) -> torch.Tensor:
    return torch.tanh(latent.flatten(z) @ torch.linspace(-1, 2, latent.size, dtype=z.dtype)).square()


@pytest.mark.parametrize("latent", LAYERS, ids=repr)
def test_with_all_codes_of_several_variables_every_estimate_is_exact(latent: Latent):
    torch.manual_seed(0)
    gradients = []
    for estimator in (UnorderedSet(latent, samples=latent.configurations), Enumeration(latent)):
        logits = torch.linspace(-1, 1.5, 5 * latent.size, dtype=torch.float64).reshape(5, -1).requires_grad_()
        estimate = estimator(latent(logits), lambda z: joint_cost(latent, z))
        gradients.append([*torch.autograd.grad(estimate.surrogate.sum(), logits), estimate.value])
    torch.testing.assert_close(*gradients, atol=1e-10, rtol=0)


@pytest.mark.parametrize("latent", LAYERS, ids=repr)
def test_codes_of_several_variables_are_different_and_hard(latent: Latent):
    seen = []
    torch.manual_seed(0)
    estimator = UnorderedSet(latent, samples=3)
    estimator(latent(torch.randn(50, latent.size)), lambda z: seen.append(z) or z.flatten(2).sum(-1))
    (z,) = seen
    assert z.shape == (3, 50, *latent.shape)
    assert ((z == 0) | (z == 1)).all()
    assert latent.family == "bernoulli" or (z.sum(-1) == 1).all()
    assert all((z[s] != z[t]).flatten(1).any(1).all() for s, t in ((0, 1), (0, 2), (1, 2)))


def test_what_is_not_supported_says_why():
    with pytest.raises(NotApplicable, match=r"2\^9 codes are more than max_configurations=256"):
        UnorderedSet(Latent("bernoulli", n=9))
    with pytest.raises(NotApplicable, match=r"samples=5 different ones of 4\^1 codes"):
        UnorderedSet(Latent("categorical", n=1, k=4), samples=5)
    UnorderedSet(Latent("categorical", n=1, k=1_000))  # nothing needs to be enumerated
