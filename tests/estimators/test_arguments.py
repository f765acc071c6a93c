"""Settings that are not what they must be are refused by name, in a program as in a configuration."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from estimators import Estimator, Latent, ReinMax
from estimators.checks.factory import settings_of
from tests.crossing import NODES
from tests.estimators.every_estimator import made, on_layers_it_exists_for


def settings() -> list[Any]:
    """Parameters: each setting of each estimator, with a layer for which the estimator exists."""
    parameters = []
    for name in NODES:
        latent = on_layers_it_exists_for(name)[0]
        cls = type(made(name, latent))
        parameters += [pytest.param(cls, setting, latent, id=f"{name}-{setting}") for setting in settings_of(cls)]
    return parameters


@pytest.mark.parametrize("value", ["2", True, math.nan, -math.inf, [1, 2]], ids=repr)
@pytest.mark.parametrize(("estimator", "setting", "latent"), settings())
def test_what_is_no_number_of_the_right_kind_is_refused_by_name(
    estimator: type[Estimator], setting: str, latent: Latent, value: Any
):
    with pytest.raises(ValueError, match=f"^{setting}="):
        estimator(latent, **{setting: value})


def test_a_number_may_be_that_of_numpy():
    temperature: Any = np.float32(1.5)
    assert ReinMax(Latent("bernoulli", 3), temperature=temperature).temperature == 1.5
