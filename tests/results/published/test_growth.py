"""What pages say of the cost of a step as something grows."""

from __future__ import annotations

from pathlib import Path

import pytest

from results.__main__ import main
from results.published.growth import SAMPLES, Growth
from tests.results.published.markdown import rows
from tests.results.sections.measured import cell
from tests.results.sections.test_scaling import point


@pytest.fixture
def growth(tmp_path: Path, without_figures: None) -> Growth:
    runner = "runners.scaling.scaling"
    cell(
        tmp_path, "enumeration", runner, scaling=[point(2, 4.0), point(10, 25.0), point(100, None, outcome="too slow")]
    )
    cell(tmp_path, "nvil", runner, scaling=[point(2, 2.0), point(10, 2.5), point(100, 3.0, peak_mb=30.0)])
    main([str(tmp_path)])
    return Growth(tmp_path)


def test_methods_that_go_further_come_first_and_what_ended_the_others_is_said(growth: Growth):
    assert rows(growth.milliseconds("bits")) == [
        ["method", "2", "10", "100"],
        ["NVIL", "2", "2.5", "3"],
        ["Enumeration", "4", "25", "slow"],
    ]
    assert rows(growth.peak_mb("bits"))[1] == ["NVIL", "20", "20", "30"]


def test_ratios_are_of_the_same_value_or_of_the_same_estimator(growth: Growth):
    assert growth.speed_up("nvil", "bits", classes=10) == "10.0"
    assert growth.growth("nvil", "bits", "task.latent.k", smaller=2, larger=100) == "1.5"


def test_what_was_not_measured_is_an_error(growth: Growth):
    with pytest.raises(LookupError, match=r"enumeration was not measured on bits with task\.latent\.k=100"):
        growth.growth("enumeration", "bits", "task.latent.k", smaller=2, larger=100)
    with pytest.raises(LookupError, match=r"estimator\.samples was not measured on bits"):
        growth.milliseconds("bits", SAMPLES)
