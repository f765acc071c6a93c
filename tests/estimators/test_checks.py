"""The suite of checks answers as documented."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from estimators import Cost, Distribution, Estimate, Latent
from estimators.checks import CheckResult, check_estimator
from estimators.checks.checklist import CHECKS
from estimators.checks.result import CAUSES, Summary, statement
from estimators.exact import Enumeration
from estimators.relaxation import GumbelSoftmax
from estimators.score_function import Reinforce
from tests.estimators.planted.halved import Halved

BITS = Latent("bernoulli", 4)
pytest_plugins = ("pytester",)


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
    with pytest.raises(TypeError, match="is no factory: pass a class"):
        check_estimator(Reinforce(BITS))


def test_an_unknown_check_is_named_with_the_valid_ones():
    with pytest.raises(ValueError, match=r"^dtypes: there is no such check; choose from accepts_latent, .*dtype"):
        check_estimator(Reinforce, only=["dtypes"])


def test_a_result_carries_the_statistic_and_its_tolerance():
    (result,) = check_estimator(Reinforce, latents=[BITS], only=["unbiased_logits"])
    assert isinstance(result, CheckResult)
    assert result.statistic is not None
    assert 0 < result.statistic < 4.5 == result.tolerance
    assert re.search(r"max \|z\| .* draws", result.reason)


def test_a_latent_that_does_not_apply_is_skipped_with_the_estimators_reason():
    small = partial(Enumeration, max_configurations=2)
    results = {result.latent: result for result in check_estimator(small, only=["accepts_latent"])}
    assert results["bernoulli 1"].status == "passed"
    assert results["categorical 2x4"].status == "skipped"
    assert "more than max_configurations=2" in results["categorical 2x4"].reason


def test_checking_leaves_the_callers_random_state_alone():
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    list(check_estimator(Reinforce, latents=[Latent("bernoulli", 1)]))
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_failure_says_what_was_expected_what_came_out_where_and_why():
    (result,) = check_estimator(Halved, latents=[BITS], only=["unbiased_logits"])
    lines = str(result).splitlines()
    assert re.match(r"failed +unbiased_logits +bernoulli 4 +gradient of the logits, max \|z\| \S+ > 4.5; ", lines[0])
    assert re.search(r"expected (\S+) at \[\d\], got \S+ \+- \S+; off by (49|50|51)\.", lines[0])
    assert lines[1].split(maxsplit=1) == ["expected", result.expected]
    assert "The mean gradient of the logits is exact" in result.expected
    assert lines[2].split(maxsplit=1) == ["at", result.problem]
    assert "tanh" in result.problem
    assert lines[3].split(maxsplit=1) == ["likely", "; or ".join(result.causes)]
    assert len(result.causes) == 2


@pytest.mark.parametrize("name", ["unbiased_logits", "unbiased_logits[bernoulli 4]"])
def test_a_failure_that_is_expected_is_none(name: str):
    why = {name: "half on purpose"}
    (result,) = check_estimator(Halved, latents=[BITS], only=["unbiased_logits"], expected_failed_checks=why)
    assert result.status == "xfail"
    assert result.reason.startswith("half on purpose (gradient of the logits")
    (result,) = check_estimator(Reinforce, latents=[BITS], only=["unbiased_logits"], expected_failed_checks=why)
    assert result.status == "passed"


def test_an_expected_failure_of_no_check_is_named():
    with pytest.raises(ValueError, match=r"^unbiased: there is no such check; choose from .*unbiased_logits"):
        check_estimator(Reinforce, latents=[BITS], expected_failed_checks={"unbiased": "?"})


def test_the_decorator_marks_failures_that_are_expected(pytester: pytest.Pytester):
    pytester.makepyfile(
        """
        from estimators.checks import parametrize_with_checks
        from tests.estimators.planted.halved import Halved, expected_of

        @parametrize_with_checks([Halved], expected_failed_checks=expected_of)
        def test_contract(estimator, check):
            if check.name in ("unbiased_logits", "dtype"):
                check(estimator)
        """
    )
    ended = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    outcomes = ended.parseoutcomes()
    assert outcomes["xfailed"] == 4
    assert "failed" not in outcomes


def test_what_is_skipped_has_not_been_run():
    results = list(check_estimator(Reinforce, latents=[BITS], only=["dtype", "exact_where_claimed"]))
    summary = Summary.of(results)
    assert (summary.run, summary.passed, summary.skipped) == (1, 1, 1)
    assert str(summary) == "1 checks run: 1 passed, 0 failed; 1 skipped"


def test_a_crash_is_a_failure_with_the_exceptions_message():
    class Crashes(Reinforce):
        def forward(self, q: Distribution, cost: Cost, context: torch.Tensor | None) -> Estimate:
            raise ZeroDivisionError("the estimator's own words")

    (result,) = check_estimator(Crashes, latents=[BITS], only=["dtype"])
    assert result.status == "failed"
    assert "ZeroDivisionError: the estimator's own words" in result.reason


def test_an_estimator_that_accepts_no_latent_fails():
    class Bits(Reinforce):
        families = frozenset({"bernoulli"})

    (result,) = check_estimator(Bits, latents=[Latent("categorical", 2, k=4)])
    assert result.status == "failed"
    assert "Bits exists for bernoulli latents only" in result.reason


def test_a_bias_that_noise_would_hide_is_a_failure():
    class Noisy(Reinforce):
        def at(self, z: torch.Tensor, q: Distribution, cost: Cost) -> Estimate:
            estimate = super().at(z, q, cost)
            return Estimate(estimate.surrogate + 1e4 * q.log_prob(z), estimate.value, estimate.auxiliary)

    (result,) = check_estimator(Noisy, latents=[BITS], only=["unbiased_logits"])
    assert result.status == "failed"
    assert "cannot be detected" in result.reason


@pytest.mark.slow
def test_two_runs_give_the_same_statistics():
    first, second = (list(check_estimator(Reinforce, latents=[Latent("categorical", 1, k=5)])) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("test", CHECKS, ids=lambda test: test.__name__)
def test_every_check_says_what_it_expects_and_what_is_likely_where_it_fails(test: Callable[..., object]):
    assert statement(test).endswith(".")
    assert len(set(CAUSES[test])) == 2


def test_the_documentation_lists_every_check():
    page = Path("docs/checks.md").read_text()
    assert [test.__name__ for test in CHECKS if f"`{test.__name__}`" not in page] == []
