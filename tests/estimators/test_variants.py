"""Options that no configuration names fulfil the contract too, but for what their class says of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from estimators import RLOO, VIMCO, StraightThrough
from estimators.checks.checklist import LATENTS
from estimators.checks.factory import factory_of
from estimators.checks.suite import checks_for
from tests.estimators.one_latent_each import one_latent_each

OF_THE_BATCH = {
    "scale": "is that of the batch, so it depends on the noise and may be more than 1",
    "independent_rows": "examples share the scale",
}
VARIANTS: dict[str, tuple[Any, Mapping[str, str]]] = {
    "straight-through, identity": (partial(StraightThrough, jacobian="identity"), {}),
    "straight-through, clipped": (partial(StraightThrough, jacobian="clipped"), {}),
    "VIMCO, arithmetic": (partial(VIMCO, samples=3, baseline="arithmetic"), {}),
    "GRPO": (partial(RLOO, samples=4, normalise="group"), OF_THE_BATCH),
    "RLOO, batch": (
        partial(RLOO, samples=4, normalise="batch"),
        {**OF_THE_BATCH, "bias_is_real": "goes to 0 as the batch grows"},
    ),
}


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        pytest.param(*variant, id=name, marks=() if name == "RLOO, batch" else pytest.mark.slow)
        for name, variant in VARIANTS.items()
    ],
)
def test_a_variant_fails_the_checks_that_are_expected_and_no_other(estimator: Any, expected: Mapping[str, str]):
    checks = checks_for(factory_of(estimator), LATENTS, expected)
    results = [check.run() for check in one_latent_each(checks, list(VARIANTS.values()).index((estimator, expected)))]
    assert [str(result) for result in results if result.status == "failed"] == []
    assert {result.name.partition("[")[0] for result in results if result.status == "xfail"} == set(expected)
