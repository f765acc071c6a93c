"""Verdicts on methods compared with a reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from results.__main__ import main
from results.experiment import Experiment, Options
from results.reading.collect import collect
from results.sections.section import Section
from results.sections.statistics_tables import section as statistics
from results.sections.verdicts import section
from results.statistics.equivalence import REGION
from tests.results.conftest import WriteCell


@pytest.fixture
def compared(write_cell: WriteCell, outputs: Path) -> Path:
    for seed in range(3):
        write_cell("nvil", seed=seed, bound=100.0 + seed)
        write_cell("rloo", seed=seed, bound=100.1 + 1.01 * seed)
        write_cell("muprop", seed=seed, bound=104.0 + 1.1 * seed)
        write_cell("darn", seed=seed, bound=106.0 + (8.0, -9.0, 1.0)[seed])
    return outputs


def judge(folder: Path, reference: str, region: float = REGION) -> Section:
    made = section(Experiment(collect(folder), Options(reference=reference, region=region)))
    assert made is not None
    return made


def verdicts(made: Section, score: str = "negative_bound") -> dict[str, str]:
    found = made.data["verdicts"].frame
    found = found[found["score"] == score]
    return dict(zip(found["method"], found["verdict"], strict=True))


def test_without_a_reference_the_statistics_judge_the_others_against_the_best(compared: Path):
    experiment = Experiment(collect(compared))
    assert section(experiment) is None
    made = statistics(experiment)
    assert made is not None
    found = made.data["statistics"].frame
    expected = {"nvil": "", "rloo": "equivalent", "muprop": "worse", "darn": "unknown"}
    assert dict(zip(found["method"], found["verdict"], strict=True)) == expected
    assert "within 0.5 nats of 0" in made.tables[0].description


def test_a_reference_and_a_region_may_be_given_and_are_then_printed(compared: Path):
    made = judge(compared, "muprop", 20.0)
    assert verdicts(made) == {"nvil": "equivalent", "rloo": "equivalent", "darn": "unknown"}
    assert made.printed
    assert "paired difference from MuProp" in made.tables[0].description
    assert "within 20 nats of 0" in made.tables[0].description


def test_scores_that_are_better_when_higher_are_judged_by_a_region_of_their_own(write_cell: WriteCell, outputs: Path):
    for seed in range(3):
        for estimator, accuracy in {"nvil": 0.9, "rloo": 0.5, "muprop": 0.903}.items():
            found = accuracy + 0.0001 * seed * (estimator == "nvil")
            write_cell(estimator, seed=seed, scores={"accuracy": found, "valid_accuracy": found})
    made = judge(outputs, "nvil")
    assert verdicts(made, "accuracy") == {"muprop": "equivalent", "rloo": "worse"}
    differences = made.data["verdicts"].frame.set_index(["score", "method"])["difference"]
    assert differences["accuracy", "rloo"] == pytest.approx(-0.4, abs=0.001)


def test_seeds_that_were_lost_do_not_make_a_method_better(compared: Path, write_cell: WriteCell):
    for seed in range(3):
        write_cell("vimco", seed=seed, bound=90.0 + seed, status="diverged" if seed == 2 else "done")
    assert verdicts(judge(compared, "nvil"))["vimco"] == "unknown"


def test_with_one_seed_there_are_no_verdicts(write_cell: WriteCell, outputs: Path):
    write_cell("nvil")
    write_cell("rloo", bound=110.0)
    experiment = Experiment(collect(outputs), Options(reference="nvil"))
    assert section(experiment) is None
    made = statistics(experiment)
    assert made is not None
    assert ("verdict",) not in made.tables[0].headings
    assert set(made.data["statistics"].frame["verdict"]) == {""}


def test_a_reference_that_is_not_there_is_refused(compared: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(compared), "--reference", "nosuch"]) == 2
    assert "nosuch: no such method; choose from" in capsys.readouterr().err


def test_a_region_without_size_is_refused(compared: Path):
    with pytest.raises(SystemExit, match="2"):
        main([str(compared), "--region", "0"])
