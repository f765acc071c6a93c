"""MuProp at every code, and the objective that trains control variates."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from estimators import Bernoulli, Latent
from estimators.control_variates import MuProp, follow_variance
from estimators.latents import FAMILIES, Family
from estimators.left_out import LeftOut
from tests.estimators.every_code import every_code, exact_gradient

LATENTS = [Latent("bernoulli", n=3), Latent("categorical", n=2, k=3)]


def logits_of(latent: Latent) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(latent.shape, dtype=torch.float64, generator=generator)


def weights(latent: Latent, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(latent.size, *shape, dtype=torch.float64, generator=generator)


def check_mean(family: Family, logits: Tensor, mean: Tensor, cost) -> None:
    torch.testing.assert_close(mean, exact_gradient(FAMILIES[family](logits=logits), cost), atol=1e-12, rtol=0)


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_the_mean_of_muprop_over_every_code_is_the_exact_gradient(latent: Latent):
    w = weights(latent, 3)

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        return 2 + torch.tanh(latent.flatten(z) @ w - 0.3).sum(-1)

    found = every_code(MuProp(latent), latent.family, logits_of(latent), cost)
    check_mean(latent.family, logits_of(latent), found.mean, cost)
    assert found.gradient.var(0).sum() > 1e-3, "the cost is not linear, so single estimates differ"


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_muprop_is_exact_at_every_code_of_a_linear_cost(latent: Latent):
    w = weights(latent)
    logits = logits_of(latent)

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        return 2 + latent.flatten(z) @ w

    found = every_code(MuProp(latent), latent.family, logits, cost)
    exact = exact_gradient(FAMILIES[latent.family](logits=logits), cost)
    torch.testing.assert_close(found.gradient, exact.expand_as(found.gradient), atol=1e-12, rtol=0)


def test_muprop_asks_for_the_mean_field_pass_at_the_mean_only():
    latent = Latent("bernoulli", n=3)
    calls = []

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        calls.append((deeper, bool(((z == 0) | (z == 1)).all())))
        return z.sum(-1)

    torch.manual_seed(0)
    MuProp(latent)(Bernoulli(logits=torch.randn(4, 3)), cost)
    assert calls == [("sample", True), ("mean", False)]


def quadratic(z: Tensor, deeper: str = "sample") -> Tensor:
    """Its second-order part has the mean 3 / 4 * 8 at uniform bits: what MuProp's expansion leaves over."""
    return 50 + 8 * z.square().sum(-1) + z.sum(-1)


def test_muprop_centres_what_its_expansion_leaves_over():
    muprop, q = MuProp(Latent("bernoulli", n=3)), Bernoulli(logits=torch.zeros(64, 3))
    for _ in range(3):
        muprop(q, quadratic)
    assert muprop.baseline.moments.mean.item() == pytest.approx(6)  # exact: b squared is b
    logits = torch.zeros(64, 3, requires_grad=True)
    (found,) = torch.autograd.grad(muprop(Bernoulli(logits=logits), quadratic).surrogate.sum(), logits)
    torch.testing.assert_close(found, torch.full_like(found, 9 / 4))  # no variance is left


def test_muprop_uses_the_mean_of_past_batches_only_and_keeps_it_in_evaluation_mode():
    muprop, q = MuProp(Latent("bernoulli", n=3)).eval(), Bernoulli(logits=torch.zeros(64, 3))
    muprop(q, quadratic)
    assert not muprop.baseline.moments.averages.any()


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_the_mean_of_centred_muprop_over_every_code_is_the_exact_gradient(latent: Latent):
    w = weights(latent, 3)

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        return 2 + torch.tanh(latent.flatten(z) @ w - 0.3).sum(-1)

    muprop = MuProp(latent)
    muprop.baseline.moments.averages.copy_(torch.tensor([1.0, 5.0, 2.0]))
    found = every_code(muprop, latent.family, logits_of(latent), cost)
    check_mean(latent.family, logits_of(latent), found.mean, cost)


def test_the_network_of_muprop_learns_from_the_auxiliary_and_nothing_else():
    torch.manual_seed(0)
    muprop = MuProp(Latent("bernoulli", n=3), context_size=2, hidden=4)
    x, logits = torch.randn(64, 2, requires_grad=True), torch.zeros(64, 3, requires_grad=True)
    estimate = muprop(Bernoulli(logits=logits), quadratic, x)
    own = list(muprop.parameters())
    assert estimate.auxiliary is not None
    assert all(slope.any() for slope in torch.autograd.grad(estimate.auxiliary, own, retain_graph=True))
    assert torch.autograd.grad(estimate.auxiliary, [x, logits], allow_unused=True, retain_graph=True) == (None, None)
    assert set(torch.autograd.grad(estimate.surrogate.sum(), own, allow_unused=True)) == {None}


class Offset(nn.Module):
    """A control variate: adds ``shift ** 2`` to every entry."""

    def __init__(self) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.tensor(0.7, dtype=torch.float64))


def test_the_objective_has_the_gradient_of_the_mean_squared_norm():
    """d/ds mean_b sum_i (g_bi + s^2)^2 = 4 s mean_b sum_i (g_bi + s^2)."""
    generator = torch.Generator().manual_seed(0)
    plain = torch.randn(5, 3, dtype=torch.float64, generator=generator, requires_grad=True)
    control = Offset()
    drawn, objective = follow_variance(
        control, LeftOut(), lambda own: plain + own["shift"].square(), Bernoulli(logits=plain)
    )
    assert objective is not None
    (found,) = torch.autograd.grad(objective, control.shift, retain_graph=True)
    expected = 4 * control.shift * (plain + control.shift.square()).sum(-1).mean()
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(drawn, (plain + control.shift.square()).detach())
    assert torch.autograd.grad(objective, plain, allow_unused=True) == (None,)


def test_nothing_is_trained_in_evaluation_mode():
    control = Offset().eval()
    q = Bernoulli(logits=torch.zeros(5, 3, dtype=torch.float64))
    _, objective = follow_variance(control, LeftOut(), lambda own: q.logits + own["shift"], q)
    assert objective is None
