"""What pages say of published cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from results.published.study import Study
from results.reading.collect import collect
from tests.results.conftest import WriteCell


def test_means_and_intervals_are_over_the_seeds_of_the_chosen_setting(write_cell: WriteCell, outputs: Path):
    for seed, bound in enumerate((104.0, 105.0, 106.0)):
        write_cell("nvil", seed=seed, bound=bound, valid=1.0, **{"optimizer.lr": 0.01})
        write_cell("nvil", seed=seed, bound=90.0, valid=2.0, **{"optimizer.lr": 0.1})
    study = Study(collect(outputs))
    assert study.mean("nvil", "vae_bernoulli") == "105.00"
    assert study.interval("nvil", "vae_bernoulli") == "105.00 [102.52, 107.48]"  # 105 ± 4.303 / sqrt(3)
    assert study.validation("nvil", "vae_bernoulli") == "1.00"


def test_two_problems_on_one_task_are_not_mixed(write_cell: WriteCell, outputs: Path):
    write_cell("nvil", **{"runner.steps": 20})
    write_cell("nvil", **{"runner.steps": 40})
    with pytest.raises(LookupError, match="vae_bernoulli: 2 problems; one is needed"):
        Study(collect(outputs)).mean("nvil", "vae_bernoulli")
