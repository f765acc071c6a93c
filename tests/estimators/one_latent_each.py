"""The checks of an estimator that are run at each change: some on one latent, others of the next estimator."""

from __future__ import annotations

from collections.abc import Iterable

from estimators.checks.check import Check
from estimators.checks.checklist import CHECKS
from estimators.latents import Family

LONG = (
    "auxiliary_lowers_variance",
    "batch_layout",
    "batch_shapes",
    "bias_is_real",
    "constant_cost",
    "evaluation_leaves_no_trace",
    "independent_examples",
    "larger_costs",
    "larger_layer",
    "later_steps",
    "many_calls",
    "new_in_each_call",
    "nothing_is_kept",
    "other_settings",
    "rare_classes",
    "replicas",
    "schedules",
    "shifted_cost",
    "single_precision",
    "training_mode",
    "two_classes_are_bernoulli",
    "two_layers",
)
"""Checks that take several times as long as the others, but for those of an estimator's mean."""

MEANS = ("class_gradients_sum_to_zero", "unbiased_cost_parameters", "unbiased_logits", "value")

OF_DRAWS = {*LONG, *MEANS} - {
    "batch_shapes",
    "bias_is_real",
    "evaluation_leaves_no_trace",
    "nothing_is_kept",
    "schedules",
}
"""Checks of many draws. Those of one latent share some, so that all are run on one."""

TURNS, LONG_TURNS = 5, 11
"""Odd, so that most checks in turn meet both families."""

NAMES = ["accepts_latent", *(test.__name__ for test in CHECKS)]

FAMILIES: tuple[Family, Family] = ("bernoulli", "categorical")


def in_turns(checks: Iterable[Check], number: int) -> list[Check]:
    """As :func:`one_latent_each`, but of the checks one in five, of those that take long one in eleven.

    The next estimator has others, so that each check is run for several. The means of unbiased estimators are compared
    in test_masks.py, too.
    """
    return [check for check in one_latent_each(checks, number) if in_turn(check.name, number)]


def in_turn(name: str, number: int) -> bool:
    names, turns = (LONG, LONG_TURNS) if name in LONG else (NAMES, TURNS)
    return names.index(name) % turns == number % turns


def one_latent_each(checks: Iterable[Check], number: int) -> list[Check]:
    """Of the checks of the same name one: those of many draws on one family, all others on the other one.

    ``number`` is that of the estimator: the next has the families the other way round, every fourth is tried on the
    smaller latent, and so each check is run on every latent.
    """
    by_name: dict[str, list[Check]] = {}
    for check in checks:
        by_name.setdefault(check.name, []).append(check)
    chosen = []
    for name, same in by_name.items():
        family = FAMILIES[(number + (name in OF_DRAWS)) % 2]
        existing = [check for check in same if check.latent.family == family] or same
        chosen.append(existing[-1 if number % 8 >= 6 else 0])
    return chosen
