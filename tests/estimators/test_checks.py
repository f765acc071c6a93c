"""Every estimator of the configuration keeps the contract, and the suite answers as documented."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from estimators import Latent
from estimators.catalogue import configurations
from estimators.checks import CheckResult, check_estimator, parametrize_with_checks
from estimators.checks.problems import MultiSampleBound, OneLayer, TwoLayers
from estimators.checks.sampling import Sample
from estimators.checks.suite import CHECKS
from estimators.exact import Enumeration
from estimators.relaxation import GumbelSoftmax
from estimators.score_function import Reinforce

BITS = Latent("bernoulli", 4)
SHIPPED = {path.name.removesuffix(".yaml") for path in (files("conf") / "estimator").iterdir()}


@parametrize_with_checks({name: node for name, node in configurations().items() if name in SHIPPED})
def test_shipped_estimator(estimator: object, check: Callable[[object], None]):
    check(estimator)


def command(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "estimators.checks", *arguments]
    environment = {"PYTHONPATH": str(folder)} if folder else {}
    return subprocess.run(line, capture_output=True, text=True, check=False, env=environment)


def test_the_command_line_checks_a_configured_estimator_by_name():
    ended = command("reinforce", "dtype", "cost_evaluations")
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"passed +dtype +bernoulli 4 +float32 and float64", ended.stdout)
    assert "reinforce: 6 passed, 0 failed, 0 skipped" in ended.stdout


def test_the_command_line_ends_with_1_when_a_check_fails(tmp_path: Path):
    (tmp_path / "theirs.py").write_text(
        "from estimators.score_function import Reinforce\nclass Wrong(Reinforce):\n    cost_evaluations = 7\n"
    )
    ended = command("theirs.Wrong", "cost_evaluations", folder=tmp_path)
    assert ended.returncode == 1, ended.stderr
    assert "counted 1, declared 7" in ended.stdout


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nvill", "nvill: choose one of "),
        ("nowhere.Class", "nowhere.Class: cannot import nowhere: No module named 'nowhere'"),
        ("estimators.exact.Nothing", "estimators.exact.Nothing: module estimators.exact has no Nothing"),
        ("estimators.exact.__doc__", "is no factory"),
    ],
)
def test_a_target_that_is_not_there_gets_one_line(target: str, message: str):
    ended = command(target)
    assert ended.returncode == 2
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert message in line


@pytest.mark.parametrize(
    "estimator",
    [
        GumbelSoftmax,
        partial(GumbelSoftmax, temperature=0.7),
        lambda latent, context_size: GumbelSoftmax(latent, context_size),
        {"_target_": "estimators.relaxation.GumbelSoftmax", "temperature": 0.7},
        OmegaConf.create({"_target_": "estimators.relaxation.GumbelSoftmax"}),
    ],
    ids=["class", "partial", "function", "mapping", "node"],
)
def test_every_kind_of_factory_is_accepted(estimator: object):
    results = list(check_estimator(estimator, only=["dtype"]))
    assert [(result.name, result.status) for result in results] == [
        ("dtype[bernoulli 4]", "passed"),
        ("dtype[categorical 2x4]", "passed"),
    ]


def test_an_instance_is_no_factory():
    with pytest.raises(TypeError, match="is no factory: give a class"):
        check_estimator(Reinforce(BITS))


def test_an_unknown_check_is_named_with_the_valid_ones():
    with pytest.raises(ValueError, match=r"only=\['dtypes'\]: choose from accepts_latent, .*dtype"):
        check_estimator(Reinforce, only=["dtypes"])


def test_a_result_carries_the_statistic_and_its_tolerance():
    (result,) = check_estimator(Reinforce, latents=[BITS], only=["unbiased_logits"])
    assert isinstance(result, CheckResult)
    assert result.statistic is not None
    assert 0 < result.statistic < 4.5 == result.tolerance
    assert re.search(r"max \|z\| .* draws", result.details)


def test_a_latent_that_does_not_apply_is_skipped_with_the_estimators_reason():
    small = partial(Enumeration, max_configurations=2)
    results = {result.latent: result for result in check_estimator(small, only=["accepts_latent"])}
    assert results["bernoulli 1"].status == "passed"
    assert results["categorical 2x4"].status == "skipped"
    assert "more than max_configurations=2" in results["categorical 2x4"].details


def test_checking_leaves_the_callers_random_state_alone():
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    list(check_estimator(Reinforce, latents=[Latent("bernoulli", 1)]))
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.slow
def test_two_runs_give_the_same_statistics():
    first, second = (list(check_estimator(Reinforce, latents=[Latent("categorical", 1, k=5)])) for _ in range(2))
    assert first == second


def test_every_check_says_what_it_is_about():
    assert all(test.__doc__ for test in CHECKS)


def test_the_documentation_lists_every_check():
    page = Path("docs/checks.md").read_text()
    assert [test.__name__ for test in CHECKS if f"`{test.__name__}`" not in page] == []


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
