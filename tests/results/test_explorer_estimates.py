"""What the explorer shows of the estimators is what they give."""

from __future__ import annotations

import json
from typing import Any

import pytest

from estimators.catalogue import configurations
from results.explorer import explorer_data
from results.explorer.estimates import COSTS, DRAWS, TEMPERATURES, VARIABLES, gradients, moments
from results.explorer.explorer import ESTIMATES, ROWS, TEMPERED
from tests.crossing import one_in

MEASURED = json.loads(ESTIMATES.read_text(encoding="utf-8"))
UNBIASED = {row["name"] for row in explorer_data()["estimators"] if row["unbiased"]}


def test_the_variables_costs_and_temperatures_are_those_that_were_measured():
    assert MEASURED["temperatures"] == list(TEMPERATURES)
    assert {name: found["probabilities"] for name, found in MEASURED["variables"].items()} == {
        name: list(each.probabilities) for name, each in VARIABLES.items()
    }
    assert MEASURED["costs"] == {name: each._asdict() for name, each in COSTS.items()}
    assert {name for found in MEASURED["measured"].values() for name in found["square"]["rows"]} == set(ROWS)


@pytest.mark.parametrize("name", one_in(2, ROWS))
def test_what_was_measured_is_measured_again(name: str):
    """At one temperature, from fewer draws: five standard errors apart at most, the smaller sample's."""
    variable = "bit" if name in ("arm", "disarm") else "three"
    place, draws = 10, 2000
    temperature = TEMPERATURES[place] if name in TEMPERED else None
    exact = gradients("enumeration", VARIABLES[variable], COSTS["square"], draws=1)[0]
    found = gradients(name, VARIABLES[variable], COSTS["square"], temperature, draws)
    bias, std = (each / float(exact.norm()) for each in moments(found, exact))
    measured = MEASURED["measured"][variable]["square"]["rows"][name]
    index = place if name in TEMPERED else 0
    assert std == pytest.approx(measured["std"][index], rel=0.15, abs=1e-4)
    assert bias == pytest.approx(measured["bias"][index], abs=5 * std / draws**0.5 + 1e-4), "a smaller one may be 0"


def test_unbiased_estimators_have_no_bias_beyond_noise_and_the_others_at_some_temperature_have():
    rows: list[tuple[str, dict[str, Any]]] = [
        row for costs in MEASURED["measured"].values() for found in costs.values() for row in found["rows"].items()
    ]
    for name, row in rows:
        if name in UNBIASED:
            assert all(bias <= 4 * std / DRAWS**0.5 + 1e-3 for bias, std in zip(row["bias"], row["std"], strict=True))
    assert {name for name, row in rows if max(row["bias"]) > 0.1} == set(ROWS) - UNBIASED


def test_rows_are_estimators_that_there_are():
    assert set(ROWS) <= set(configurations())
