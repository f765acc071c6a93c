"""The coupled estimators on chosen uniform draws: identities hold draw by draw and expectations exactly."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from estimators import Bernoulli, Categorical, Cost, Distribution, Estimator, Latent, NotApplicable
from estimators.antithetic import ARM, ARMS, ARSM, DisARM, StickBreakingDisARM, reached_by, stick_logits
from estimators.score_function import RLOO

BITS = Latent("bernoulli", n=3)
CLASSES = Latent("categorical", n=3, k=2)
PROBABILITIES = torch.tensor([0.3, 0.8, 0.5], dtype=torch.float64)


class BernoulliAt(Bernoulli):
    """Takes its uniform draws from a tensor."""

    def __init__(self, logits: Tensor, draws: Tensor) -> None:
        super().__init__(logits=logits)
        self.draws = draws

    def uniform(self, *samples: int, last: int | None = None) -> Tensor:
        return self.draws


class CategoricalAt(Categorical):
    """Takes its uniform draws from a tensor."""

    def __init__(self, logits: Tensor, draws: Tensor) -> None:
        super().__init__(logits=logits)
        self.draws = draws

    def uniform(self, *samples: int, last: int | None = None) -> Tensor:
        return self.draws


def cost(z: Tensor, deeper: str = "sample") -> Tensor:
    """Of bits; not additive."""
    weights = torch.tensor([1.0, -2.0, 1.5], dtype=z.dtype)
    return 2 + torch.tanh(z @ weights - 0.3) + z.prod(-1)


def second_class(z: Tensor, deeper: str = "sample") -> Tensor:
    """The same cost of codes with two classes, of which the second is a one."""
    return cost(z[..., 1])


def gradient(estimator: Estimator, q: Distribution, cost: Cost = cost) -> Tensor:
    (found,) = torch.autograd.grad(estimator(q, cost).surrogate.sum(), q.logits)
    return found


def logits_and_draws(rows: int = 500) -> tuple[Tensor, Tensor]:
    """Logits of bits and a uniform draw for each, ``[rows, 3]``."""
    generator = torch.Generator().manual_seed(0)
    logits = 1.5 * torch.randn(rows, 3, dtype=torch.float64, generator=generator)
    draws = torch.rand(rows, 3, dtype=torch.float64, generator=generator).clamp(1e-9, 1 - 1e-9)
    return logits.requires_grad_(), draws


def two_classes(logits: Tensor) -> Tensor:
    """Logits (0, a) for each logit a."""
    return torch.stack([torch.zeros_like(logits), logits], -1).detach().requires_grad_()


def grid() -> tuple[Tensor, Tensor]:
    """Logits of :data:`PROBABILITIES`, multiples of 1/10, and the midpoints of 10^3 equal cells of the cube of draws.

    The codes do not change within a cell, so averages over the midpoints of a function that is linear in the draws are
    expectations.
    """
    points = (torch.arange(10, dtype=torch.float64) + 0.5) / 10
    draws = torch.cartesian_prod(points, points, points)
    return torch.logit(PROBABILITIES).expand(1000, 3).clone().requires_grad_(), draws


def exact_gradient() -> Tensor:
    logits = torch.logit(PROBABILITIES).requires_grad_()
    q = Bernoulli(logits=logits)
    z = q.support()
    (found,) = torch.autograd.grad((q.log_prob(z).exp() * cost(z)).sum(), logits)
    return found


@pytest.mark.parametrize("estimator", [ARM, DisARM])
def test_the_mean_over_the_cube_of_draws_is_the_exact_gradient(estimator: type[Estimator]):
    found = gradient(estimator(BITS), BernoulliAt(*grid())).mean(0)
    torch.testing.assert_close(found, exact_gradient(), atol=1e-12, rtol=0)


def test_disarm_is_the_mean_of_arm_given_the_two_codes():
    q = BernoulliAt(*grid())
    arm, disarm = gradient(ARM(BITS), q), gradient(DisARM(BITS), q)
    noise = q.noise()
    pairs = torch.cat([q.hard(noise), q.hard(-noise)], -1)
    kinds, kind, sizes = torch.unique(pairs, dim=0, return_inverse=True, return_counts=True)
    mean_arm = torch.zeros(len(kinds), 3, dtype=torch.float64).index_add(0, kind, arm) / sizes[:, None]
    assert len(kinds) == 3 * 3 * 2, "every pair of codes of positive probability"
    torch.testing.assert_close(disarm, mean_arm[kind], atol=1e-12, rtol=0)
    assert disarm.var(0).sum() < arm.var(0).sum()


def test_arms_with_two_samples_is_disarm_draw_by_draw():
    logits, draws = logits_and_draws()
    first = torch.where(logits > 0, 1 - draws, draws)  # ARMS mirrors its copula for probabilities above 1/2
    dirichlet = torch.stack([first, 1 - first])
    arms = gradient(ARMS(BITS, samples=2), BernoulliAt(logits, torch.exp(-dirichlet)))
    torch.testing.assert_close(arms, gradient(DisARM(BITS), BernoulliAt(logits, draws)), atol=1e-12, rtol=0)


@pytest.mark.parametrize("probability", [0.2, 0.45, 0.7])
@pytest.mark.parametrize("samples", [3, 4])
def test_arms_undoes_the_joint_probability_that_its_codes_have(probability: float, samples: int):
    """P_11 as documented, and E[g] = p (1 - p) for f(z) = z; 2e5 draws see 2 % of 0.2 at 4.5 standard errors."""
    seen = []

    def watch(z: Tensor, deeper: str = "sample") -> Tensor:
        seen.append(z)
        return z.sum(-1)

    rows = 200_000
    logits = torch.logit(torch.full((rows, 1), probability, dtype=torch.float64)).requires_grad_()
    torch.manual_seed(0)
    found = gradient(ARMS(Latent("bernoulli", n=1), samples=samples), Bernoulli(logits=logits), watch)
    (z,) = seen
    minor = min(probability, 1 - probability)
    both_rare = max(2 * minor ** (1 / (samples - 1)) - 1, 0) ** (samples - 1)
    both = both_rare if probability < 0.5 else 2 * probability - 1 + both_rare
    variance = probability * (1 - probability)
    for draws, expected in ((z[0], probability), (z[-1], probability), (z[0] * z[-1], both), (found, variance)):
        assert abs(draws.mean().item() - expected) <= 4.5 * draws.std().item() / rows**0.5 + 1e-12


def test_four_coupled_samples_vary_less_than_four_independent_ones():
    logits = torch.logit(PROBABILITIES).expand(50_000, 3).clone().requires_grad_()
    torch.manual_seed(0)
    arms, rloo = (gradient(kind(BITS, samples=4), Bernoulli(logits=logits)).var(0).sum() for kind in (ARMS, RLOO))
    assert arms < 0.97 * rloo, "their standard errors are below 1 %"


def test_arsm_with_two_classes_is_arm_draw_by_draw():
    logits, draws = logits_and_draws()
    dirichlet = torch.stack([draws, 1 - draws], -1)
    arsm = gradient(ARSM(CLASSES), CategoricalAt(two_classes(logits), torch.exp(-dirichlet)), second_class)
    arm = gradient(ARM(BITS), BernoulliAt(logits, draws))
    torch.testing.assert_close(arsm, torch.stack([-arm, arm], -1), atol=1e-12, rtol=0)


def test_arsm_is_the_sum_over_swaps_made_in_all_variables_together():
    """The formula, one swap and one code at a time."""
    n, k = 2, 4
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(20, n, k, dtype=torch.float64, generator=generator).requires_grad_()
    exponential = -torch.log(torch.rand(20, n, k, dtype=torch.float64, generator=generator))
    values = torch.randn(k, k, dtype=torch.float64, generator=generator)

    def table(z: Tensor, deeper: str = "sample") -> Tensor:
        return torch.einsum("...i,...j,ij->...", z[..., 0, :], z[..., 1, :], values)

    found = gradient(ARSM(Latent("categorical", n=n, k=k)), CategoricalAt(logits, torch.exp(-exponential)), table)
    for row in range(20):
        w = exponential[row] / exponential[row].sum(-1, keepdim=True)
        costs = torch.empty(k, k, dtype=torch.float64)
        for c in range(k):
            for j in range(k):
                swapped = w.clone()
                swapped[:, c], swapped[:, j] = w[:, j], w[:, c]
                first, second = (swapped.log() - logits[row].detach()).argmin(-1)
                costs[c, j] = values[first, second]
        expected = (costs - costs.mean(0)) @ (1 / k - w).T
        torch.testing.assert_close(found[row], expected.T, atol=1e-12, rtol=0)


def test_stick_breaking_disarm_with_two_classes_is_disarm_draw_by_draw():
    logits, draws = logits_and_draws()
    # The first stick stops at the first class, a zero of the bit: its draw is mirrored.
    uniform = torch.stack([1 - draws, draws], -1)
    broken = gradient(StickBreakingDisARM(CLASSES), CategoricalAt(two_classes(logits), uniform), second_class)
    disarm = gradient(DisARM(BITS), BernoulliAt(logits, draws))
    torch.testing.assert_close(broken, torch.stack([-disarm, disarm], -1), atol=1e-12, rtol=0)


def test_the_mean_of_stick_breaking_disarm_over_the_cube_of_draws_is_exact():
    """Three classes of probabilities 0.3, 0.35 and 0.35: sticks of 0.3 and 0.5, so midpoints of a tenth are exact."""
    prob = torch.tensor([0.3, 0.35, 0.35], dtype=torch.float64)
    values = torch.tensor([1.0, -0.7, 2.2], dtype=torch.float64)
    points = (torch.arange(10, dtype=torch.float64) + 0.5) / 10
    draws = torch.cartesian_prod(points, points, torch.tensor([0.5], dtype=torch.float64)).unsqueeze(-2)
    logits = prob.log().expand(100, 1, 3).clone().requires_grad_()
    estimator = StickBreakingDisARM(Latent("categorical", n=1, k=3))
    found = gradient(estimator, CategoricalAt(logits, draws), lambda z, deeper="sample": (z @ values).sum(-1))
    exact = prob * (values - prob @ values)
    torch.testing.assert_close(found.mean(0)[0], exact, atol=1e-12, rtol=0)


def test_the_sticks_stop_at_each_class_with_its_probability():
    logits = torch.tensor([[0.3, -1.2, 2.0, 0.1, -0.4], [4.0, 0.0, -3.0, 1.0, 1.0]], dtype=torch.float64)
    stop = torch.sigmoid(stick_logits(logits))
    remaining = torch.cat([torch.ones_like(stop[..., :1]), torch.cumprod(1 - stop, -1)], -1)
    prob = remaining * torch.cat([stop, torch.ones_like(stop[..., :1])], -1)
    torch.testing.assert_close(prob, logits.softmax(-1), atol=1e-12, rtol=0)


def test_a_class_is_reached_when_no_stick_before_it_stopped():
    bits = torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    assert reached_by(bits).tolist() == [[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1]]


@pytest.mark.parametrize(
    ("estimator", "latent", "family"),
    [(kind, CLASSES, "bernoulli") for kind in (ARM, DisARM, ARMS)]
    + [(kind, BITS, "categorical") for kind in (ARSM, StickBreakingDisARM)],
)
def test_the_other_family_is_refused_with_the_reason(estimator: type[Estimator], latent: Latent, family: str):
    with pytest.raises(NotApplicable, match=f"{estimator.__name__} exists for {family} latents only"):
        estimator(latent)


def test_arms_needs_two_samples():
    with pytest.raises(ValueError, match=r"samples=1"):
        ARMS(BITS, samples=1)


def test_arsm_refuses_more_evaluations_than_are_accepted():
    """Before it lays out a table of them."""
    assert ARSM(Latent("categorical", n=2, k=4), max_evaluations=7).cost_evaluations == 7
    with pytest.raises(NotApplicable, match="k=5 classes need 11 evaluations of the cost, more than max_evaluations=7"):
        ARSM(Latent("categorical", n=2, k=5), max_evaluations=7)
    with pytest.raises(NotApplicable, match="k=100000 classes need 4999950001 evaluations"):
        ARSM(Latent("categorical", n=2, k=100_000))
