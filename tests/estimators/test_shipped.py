"""Every estimator of the configuration keeps the contract."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from estimators.checks import parametrize_with_checks
from tests.crossing import FACTORIES
from tests.estimators.one_latent_each import LONG, MEANS, in_turns

SHIPPED = {path.name.removesuffix(".yaml") for path in (files("conf") / "estimator").iterdir()}


EXPENSIVE = {
    "arsm": ("two_layers",),
    "gumbel_rao": LONG,
    "relax": LONG,
    "rodeo": LONG,
    "unordered_set": (*LONG, *MEANS),
}
"""Checks that are slow on every latent. The mean of unordered_set is tested over every draw elsewhere."""


def shipped() -> Any:
    """Every check of every configured estimator; at every change those whose turn it is, on one latent each."""
    names = sorted(SHIPPED)
    argument_names, cases = parametrize_with_checks({name: FACTORIES[name] for name in names}).args
    of_each: dict[str, list[Any]] = {name: [] for name in names}
    for case in cases:
        of_each[case.id.partition("-")[0]].append(case)
    marked = []
    for number, (name, own) in enumerate(of_each.items()):
        fast = in_turns([case.values[1] for case in own], number)
        for case in own:
            check = case.values[1]
            slow = check not in fast or check.name in EXPENSIVE.get(name, ())
            marked.append(pytest.param(*case.values, id=case.id, marks=pytest.mark.slow if slow else ()))
    return pytest.mark.parametrize(argument_names, marked)


@shipped()
def test_shipped_estimator(estimator: object, check: Callable[[object], None]):
    check(estimator)
