"""The exact answers that the check suite compares with are right."""

from __future__ import annotations

import pytest
import torch

from estimators import Latent
from estimators.checks.inner import TwoLayers
from estimators.checks.problems import MultiSampleBound, OneLayer
from estimators.checks.sampling import Sample
from estimators.exact import Enumeration

BITS = Latent("bernoulli", 4)


@pytest.mark.parametrize("kind", ["constant", "linear", "multilinear", "quadratic", "general"])
@pytest.mark.parametrize("latent", [BITS, Latent("categorical", 2, k=3)], ids=repr)
def test_the_exact_gradient_of_a_problem_is_the_slope_of_its_objective(latent: Latent, kind: str):
    check_slope(OneLayer(latent, kind))


@pytest.mark.parametrize(
    "problem",
    [
        MultiSampleBound(Latent("bernoulli", 2), samples=3),
        TwoLayers(Latent("categorical", 1, k=3), Enumeration(Latent("categorical", 1, k=3))),
    ],
    ids=["bound", "two layers"],
)
def test_the_exact_gradient_of_a_larger_problem_is_the_slope_of_its_objective(problem: OneLayer | TwoLayers):
    check_slope(problem)


def check_slope(problem: OneLayer | TwoLayers) -> None:
    """Compares every coordinate of the gradient with a central difference."""
    for name, gradient in problem.exact_gradient().items():
        for position in range(gradient.numel()):
            values = []
            for step in (1e-5, -1e-5):
                parameters = {key: value.clone() for key, value in problem.parameters().items()}
                parameters[name].view(-1)[position] += step
                values.append(problem.expected(parameters).item())
            assert gradient.flatten()[position].item() == pytest.approx((values[0] - values[1]) / 2e-5, abs=1e-8)


def test_the_bound_of_one_sample_is_the_negative_elbo():
    latent = Latent("categorical", 1, k=4)
    bound, parameters = MultiSampleBound(latent, samples=1), OneLayer(latent).parameters()
    q = latent(parameters["logits"].flatten())
    elbo = -OneLayer(latent).expected(parameters) + q.entropy()
    torch.testing.assert_close(bound.expected(parameters), -elbo)


def test_the_bound_over_multisets_is_the_bound_over_tuples():
    latent = Latent("bernoulli", 2)
    problem = MultiSampleBound(latent, samples=3)
    parameters = problem.parameters()
    q = latent(parameters["logits"])
    z = q.support()
    cost, log_q = problem.cost(parameters)(z), q.log_prob(z)
    assert isinstance(cost, torch.Tensor)
    index = torch.cartesian_prod(*[torch.arange(4)] * 3)
    bounds = torch.logsumexp((-cost - log_q)[index], -1) - torch.log(torch.tensor(3.0))
    torch.testing.assert_close(problem.expected(parameters), -(log_q[index].sum(-1).exp() * bounds).sum())


def test_a_z_score_is_the_distance_in_standard_errors():
    draws = torch.randn(10_000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = Sample.of(draws)
    exact = found.mean + torch.tensor([0.0, 0.05], dtype=torch.float64)
    assert found.z_score(exact) == pytest.approx(0.05 / (found.variance[1].sqrt().item() / 100), rel=1e-6)
