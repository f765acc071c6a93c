"""Control variates from the gradients of the other samples, summed over every tuple of codes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from estimators import Bernoulli, Estimator, Latent
from estimators.stein import RODEO, DoubleCV, SteinControl
from tests.estimators.every_code import every_code, exact_gradient

BITS = Latent("bernoulli", n=3)
LOGITS = torch.tensor([0.4, -1.1, 0.9], dtype=torch.float64)
WEIGHTS = torch.tensor([1.0, -2.0, 1.5], dtype=torch.float64)


def cost(z: Tensor, deeper: str = "sample") -> Tensor:
    """Neither additive nor a polynomial."""
    return 2 + torch.tanh(z @ WEIGHTS - 0.3) + z.prod(-1)


def double_cv(samples: int) -> Estimator:
    estimator = DoubleCV(BITS, samples=samples).double()
    nn.init.constant_(estimator.alpha, 0.7)
    return estimator


def rodeo(samples: int) -> Estimator:
    torch.manual_seed(2)
    estimator = RODEO(BITS, samples=samples, hidden=4).double()
    nn.init.constant_(estimator.control.alpha, 0.7)
    nn.init.constant_(estimator.control.beta, -1.4)
    return estimator


def rodeo_with_two_heads(samples: int) -> Estimator:
    torch.manual_seed(2)
    estimator = RODEO(BITS, samples=samples, hidden=4, heads=2).double()
    nn.init.constant_(estimator.control.alpha, 0.7)
    nn.init.constant_(estimator.control.beta, -1.4)
    return estimator


ESTIMATORS = pytest.mark.parametrize("make", [double_cv, rodeo, rodeo_with_two_heads])


@ESTIMATORS
@pytest.mark.parametrize("samples", [2, 3])
def test_the_mean_over_every_tuple_of_codes_is_the_exact_gradient(make: Callable[[int], Estimator], samples: int):
    found = every_code(make(samples), "bernoulli", LOGITS, cost, samples)
    torch.testing.assert_close(found.mean, exact_gradient(Bernoulli(logits=LOGITS), cost), atol=1e-12, rtol=0)


@ESTIMATORS
def test_own_parameters_follow_the_slope_of_the_squared_norm(make: Callable[[int], Estimator]):
    """Against central differences over the same codes, in every coordinate."""
    estimator = make(2)

    def found() -> tuple[Tensor, Tensor | None]:
        drawn = every_code(estimator, "bernoulli", LOGITS, cost, samples=2)
        return drawn.gradient.square().sum(-1).mean().detach(), drawn.estimate.auxiliary

    _, auxiliary = found()
    assert auxiliary is not None
    own = list(estimator.parameters())
    for parameter, slope in zip(own, torch.autograd.grad(auxiliary, own), strict=True):
        entries = parameter.detach().view(-1)
        for position, expected in enumerate(slope.flatten().tolist()):
            values = []
            for step in (1e-5, -1e-5):
                entries[position] += step
                values.append(found()[0].item())
                entries[position] -= step
            assert (values[0] - values[1]) / 2e-5 == pytest.approx(expected, abs=1e-7)


def test_double_cv_with_alpha_minus_one_is_exact_at_every_pair_of_codes_of_a_linear_cost():
    """f_k + c_k is then constant, and what is left is p (1 - p) grad f."""

    def linear(z: Tensor, deeper: str = "sample") -> Tensor:
        return 2 + z @ WEIGHTS

    estimator = DoubleCV(BITS, samples=2).double()
    nn.init.constant_(estimator.alpha, -1.0)
    found = every_code(estimator, "bernoulli", LOGITS, linear, samples=2)
    exact = exact_gradient(Bernoulli(logits=LOGITS), linear)
    torch.testing.assert_close(found.gradient, exact.expand_as(found.gradient), atol=1e-12, rtol=0)


@pytest.mark.parametrize("heads", [1, 2])
def test_the_stein_control_is_its_definition_with_every_bit_flipped_in_turn(heads: int):
    """(A u)(z) = 1/n sum_i q(not z_i) [u(z with bit i flipped) - u(z)], for u = h_k and for u = h'_k s."""
    torch.manual_seed(0)
    samples, n = 3, BITS.n
    control = SteinControl(hidden=4, heads=heads).double()
    nn.init.constant_(control.alpha, 0.7)
    nn.init.constant_(control.beta, -1.4)
    prob = torch.sigmoid(LOGITS)
    z = Bernoulli(logits=LOGITS).sample(samples)
    value, slope = torch.randn(samples, dtype=torch.float64), torch.randn(samples, n, dtype=torch.float64)

    def h(k: int, y: Tensor, head: int) -> Tensor:
        others = [j for j in range(samples) if j != k]
        inputs = [torch.stack([value[j], slope[j] @ (y - z[j])]) for j in others]
        return torch.stack([control.network(pair)[head] for pair in inputs]).mean()

    def stein(u: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
        terms = []
        for i in range(n):
            flipped = x.clone()
            flipped[i] = 1 - x[i]
            probability = prob[i] if flipped[i] == 1 else 1 - prob[i]
            terms.append(probability * (u(flipped) - u(x)))
        return torch.stack(terms).sum(0) / n

    expected = torch.zeros(n, dtype=torch.float64)
    for k in range(samples):
        others = [stein(lambda y, j=j: h(j, y, 0), z[j]) for j in range(samples) if j != k]
        vector = stein(lambda y, k=k: h(k, y, heads - 1) * (y - prob), z[k])
        expected = expected + control.beta * vector - control.alpha * torch.stack(others).mean() * (z[k] - prob)
    torch.testing.assert_close(control(z, value, slope, prob), expected / samples, atol=1e-12, rtol=0)


def test_another_number_of_heads_is_refused():
    with pytest.raises(ValueError, match=r"heads=3: choose 1 or 2"):
        RODEO(BITS, heads=3)


@pytest.mark.parametrize("estimator", [DoubleCV, RODEO])
def test_one_sample_is_refused_because_it_has_no_others(estimator: type[DoubleCV | RODEO]):
    with pytest.raises(ValueError, match=r"samples=1"):
        estimator(BITS, samples=1)
