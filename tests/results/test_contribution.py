from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from results import published
from results.contribution import departures, main
from results.reading.collect import Results, collect
from tests.results.conftest import cell_writer

OF_OTHERS = {"estimator._target_": "theirs.Estimator"}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Results]:
    """Writes cells of two seeds, or of those given, into a folder of its name."""

    def cells(folder: str, estimator: str = "nvil", seeds: tuple[int, ...] = (0, 1), **settings: Any) -> Results:
        for seed in seeds:
            cell_writer(tmp_path / folder, monkeypatch)(estimator, seed=seed, **settings)
        return collect(tmp_path / folder)

    return cells


def test_other_estimators_with_other_learning_rates_hold_to_the_protocol(write: Callable[..., Results]):
    reference = write("reference")
    assert departures(write("given", "muprop", **{"optimizer.lr": 0.01}), reference) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"runner.steps": 5}, "vae_bernoulli (mnist5k-dynamic): runner.steps is 5, but 20 in the published cells"),
        ({"task.kl": "sampled"}, "task.kl is sampled, but not set in the published cells"),
        ({"data.binarisation": "fixed"}, "data.binarisation is fixed, but dynamic in the published cells"),
        ({"task": "sbn_bernoulli"}, "sbn_bernoulli (mnist5k-dynamic): there are no published results"),
        ({"seeds": (0,)}, "MuProp on vae_bernoulli (mnist5k-dynamic): the chosen setting has no result for seed 1"),
        ({"status": "failed"}, "the chosen setting has no result for seed 0, 1"),
        ({"version": 2}, "task_version is 2, but 1 in the published cells"),
        ({"commit": None}, "a cell has no commit in its record"),
        (OF_OTHERS, "theirs.Estimator: checks.json has no passed contract checks"),
    ],
)
def test_each_departure_from_the_protocol_is_named(write: Callable[..., Results], changed: dict[str, Any], words: str):
    found = departures(write("given", "muprop", **changed), write("reference"))
    assert any(words in each for each in found), found


def test_a_record_that_was_changed_is_named(write: Callable[..., Results]):
    given = write("given", "muprop")
    (path, *_) = sorted(given.folder.glob("*/metrics.jsonl"))
    path.write_text(path.read_text().replace("valid", "velid"))
    assert any("records must not be changed" in each for each in departures(collect(given.folder), given))


@pytest.mark.parametrize(("failed", "departs"), [(0, 0), (1, 1)])
def test_estimators_of_others_need_checks_that_passed(write: Callable[..., Results], failed: int, departs: int):
    given = write("given", "muprop", **OF_OTHERS)
    document = {"target": "theirs.Estimator", "checks": {"run": 3, "failed": failed}}
    (given.folder / "checks.json").write_text(json.dumps(document))
    assert len(departures(given, write("reference"))) == departs


def test_the_command_reads_archives_and_says_what_it_found(
    write: Callable[..., Results], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    given, reference = write("given", "muprop"), write("reference")
    monkeypatch.setattr("results.contribution.load", lambda _: reference)
    from results.pack import pack

    pack(given.folder, tmp_path / "given.tar.gz")
    assert main([str(tmp_path / "given.tar.gz")]) == 0
    assert capsys.readouterr().out == "2 cells, 1 estimator: no departure from the protocol of reference\n"
    write("given", "muprop", **{"runner.steps": 5})
    assert main([str(given.folder)]) == 1
    assert (
        capsys.readouterr().out.splitlines()[-1] == "4 cells, 1 estimator: 1 departure from the protocol of reference"
    )


@pytest.mark.parametrize("words", [["nowhere"], ["nowhere", "--to", "nothing"]])
def test_what_cannot_be_read_has_exit_status_2(words: list[str], capsys: pytest.CaptureFixture[str]):
    assert main([*words, *([] if "--to" in words else ["--to", published.names()[0]])]) == 2
    assert capsys.readouterr().err.startswith("error: ")
