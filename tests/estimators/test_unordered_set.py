from __future__ import annotations

import itertools

import pytest
import torch

from estimators import Latent, NotApplicable
from estimators.unordered_set import UnorderedSet, leave_out_ratios


def probability(rates: torch.Tensor, chosen: tuple[int, ...]) -> float:
    """That all of ``chosen`` come before a rest of rate 1, by inclusion and exclusion."""
    subsets = itertools.chain.from_iterable(itertools.combinations(chosen, size) for size in range(len(chosen) + 1))
    return sum((-1) ** len(subset) / (1 + sum(rates[i].item() for i in subset)) for subset in subsets)


def test_leave_out_ratios_agree_with_inclusion_and_exclusion():
    torch.manual_seed(0)
    for _ in range(20):
        log_prob = torch.log_softmax(torch.randn(6, dtype=torch.float64), 0)[:3]
        rates = log_prob.exp() / (1 - log_prob.exp().sum())
        first, second = leave_out_ratios(log_prob[:, None])
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


def test_what_is_not_supported_says_why():
    with pytest.raises(NotApplicable, match="n=2"):
        UnorderedSet(Latent("categorical", n=2, k=4))
    with pytest.raises(NotApplicable, match="samples=5"):
        UnorderedSet(Latent("categorical", n=1, k=4), samples=5)
