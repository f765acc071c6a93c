from __future__ import annotations

import itertools

import pytest
import torch

from estimators import Categorical, Latent, NotApplicable
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


def test_what_is_not_supported_says_why():
    with pytest.raises(NotApplicable, match="n=2"):
        UnorderedSet(Latent("categorical", n=2, k=4))
    with pytest.raises(NotApplicable, match="samples=5"):
        UnorderedSet(Latent("categorical", n=1, k=4), samples=5)
