"""The list of checks, and the two ways to run it: as an iterator of results and as pytest parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, cast

from estimators import build
from estimators.checks import contract, invariances, own_parameters, robustness, unbiasedness
from estimators.checks.problems import describe
from estimators.checks.replicas import replicas
from estimators.checks.result import Broken, CheckResult, Measured, Skip
from estimators.checks.subject import Factory, Subject
from estimators.checks.two_classes import two_classes_are_bernoulli
from estimators.estimator import Estimator, NotApplicable
from estimators.latents import Family, Latent

LATENTS = (
    Latent("bernoulli", 4),
    Latent("bernoulli", 1),
    Latent("categorical", 2, k=4),
    Latent("categorical", 1, k=5),
)
"""What is tried, the larger first within each family."""

Scope = Literal["every latent", "every categorical", "each family", "one categorical", "once"]
Test = Callable[[Subject], Measured | str]

CHECKS: dict[Test, Scope] = {
    contract.class_facts: "once",
    unbiasedness.unbiased_logits: "every latent",
    unbiasedness.unbiased_cost_parameters: "every latent",
    unbiasedness.two_layers: "each family",
    unbiasedness.exact_where_claimed: "every latent",
    unbiasedness.bias_is_real: "each family",
    invariances.noiseless_where_claimed: "every latent",
    invariances.constant_cost: "every latent",
    invariances.shifted_cost: "each family",
    invariances.class_gradients_sum_to_zero: "every categorical",
    invariances.shifted_logits: "one categorical",
    two_classes_are_bernoulli: "once",
    contract.value: "each family",
    contract.cost_evaluations: "every latent",
    contract.hard_codes_where_claimed: "each family",
    contract.inputs_unchanged: "each family",
    contract.dtype: "each family",
    contract.batch_shapes: "every latent",
    contract.independent_rows: "each family",
    robustness.state_dict: "each family",
    robustness.extreme_logits: "every latent",
    replicas: "each family",
    own_parameters.separate_parameters: "each family",
    own_parameters.deeper_auxiliary: "each family",
    own_parameters.auxiliary_lowers_variance: "each family",
}
"""Every check with where it runs: ``each`` and ``one`` mean on the family's largest latent that applies."""


@dataclass(frozen=True)
class Check:
    """One check, bound to the estimator and the latent that it runs on."""

    name: str
    latent: Latent
    test: Callable[[], Measured | str]

    def run(self) -> CheckResult:
        about = self.name, describe(self.latent)
        try:
            found = self.test()
        except (Skip, NotApplicable) as reason:
            return CheckResult(*about, "skipped", str(reason))
        except Broken as error:
            return CheckResult(*about, "failed", str(error))
        except Exception as error:
            # An estimator of anybody's may raise anything; the other checks are still worth running.
            return CheckResult(*about, "failed", f"raised {type(error).__name__}: {error}")
        if isinstance(found, str):
            return CheckResult(*about, "passed", found)
        status = "passed" if found.holds else "failed"
        return CheckResult(*about, status, str(found), found.statistic, found.tolerance)

    def __call__(self, estimator: object = None) -> None:
        """For pytest: raises AssertionError where the check fails, skips where it does not apply."""
        import pytest

        result = self.run()
        if result.status == "skipped":
            pytest.skip(result.details)
        assert result.status == "passed", str(result)

    def __str__(self) -> str:
        return f"{self.name}[{describe(self.latent)}]"


def check_estimator(
    estimator: Any, *, latents: Sequence[Latent] = LATENTS, only: Collection[str] | None = None
) -> Iterator[CheckResult]:
    """Runs the checks of one estimator, each when the iterator reaches it.

    Args:
        estimator: a factory ``(latent, context_size) -> Estimator``, such as a class or a ``functools.partial`` of one,
            or a configuration node with a ``_target_``.
        latents: what to try, larger ones first within each family; at most about 100 configurations each.
        only: names of the checks to run, for all of them.

    Raises:
        TypeError: ``estimator`` is not a factory.
        ValueError: ``only`` names no check.
    """
    checks = checks_for(factory_of(estimator), latents)
    names = sorted({check.name for check in checks})
    unknown = set(only or ()) - set(names)
    if unknown:
        raise ValueError(f"only={sorted(unknown)}: choose from {', '.join(names)}")
    return (check.run() for check in checks if only is None or check.name in only)


def parametrize_with_checks(estimators: Sequence[Any] | Mapping[str, Any]) -> Any:
    """A pytest decorator: one test for each check of each estimator.

    >>> @parametrize_with_checks([MyEstimator])
    ... def test_contract(estimator, check):
    ...     check(estimator)

    Args:
        estimators: what :func:`check_estimator` takes, as a list, or as a mapping whose keys become the tests' names.
    """
    import pytest

    named = estimators if isinstance(estimators, Mapping) else {name_of(each): each for each in estimators}
    cases = [
        pytest.param(estimator, check, id=f"{name}-{check}")
        for name, estimator in named.items()
        for check in checks_for(factory_of(estimator))
    ]
    return pytest.mark.parametrize(("estimator", "check"), cases)


def name_of(estimator: Any) -> str:
    if isinstance(estimator, Mapping):
        return str(estimator["_target_"]).rpartition(".")[2]
    return getattr(estimator, "__name__", None) or repr(estimator)


def factory_of(estimator: Any) -> Factory:
    """A factory as it is; a configuration node as the factory that builds it."""
    if isinstance(estimator, Mapping) and "_target_" in estimator:
        return lambda latent, context_size: build(estimator, latent=latent, context_size=context_size)
    if isinstance(estimator, Estimator) or not callable(estimator):
        raise TypeError(
            f"{estimator!r} is no factory: give a class, a function (latent, context_size) -> Estimator, "
            "or a configuration node with a _target_"
        )
    return cast(Factory, estimator)


def checks_for(factory: Factory, latents: Sequence[Latent] = LATENTS) -> list[Check]:
    """Every check of one estimator on those of ``latents`` that it accepts, and one that says why for each other."""
    subjects: dict[Latent, Subject] = {}
    checks = [Check("accepts_latent", latent, partial(accepts_latent, factory, latent, subjects)) for latent in latents]
    outcomes = [check.run().details for check in checks]
    if not subjects:
        return [Check("accepts_latent", latents[0], partial(refuse, "; ".join(dict.fromkeys(outcomes))))]
    accepted = list(subjects)
    largest = [next(latent for latent in accepted if latent.family == family) for family in families(accepted)]
    where: dict[Scope, list[Latent]] = {
        "every latent": accepted,
        "every categorical": [latent for latent in accepted if latent.family == "categorical"],
        "each family": largest,
        "one categorical": [latent for latent in largest if latent.family == "categorical"],
        "once": largest[:1],
    }
    for test, scope in CHECKS.items():
        checks += [Check(test.__name__, latent, partial(test, subjects[latent])) for latent in where[scope]]
    return checks


def accepts_latent(factory: Factory, latent: Latent, subjects: dict[Latent, Subject]) -> str:
    """The estimator exists for this latent, or raises NotApplicable with the reason."""
    subjects.setdefault(latent, Subject(factory, latent))
    return "exists"


def refuse(reasons: str) -> str:
    raise Broken(f"no latent is accepted: {reasons}")


def families(latents: Sequence[Latent]) -> list[Family]:
    return list(dict.fromkeys(latent.family for latent in latents))
