"""What a search chooses among, how candidates are scored, and the experiment that is written with the choice."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import yaml
from hydra import initialize_config_module
from hydra.core.global_hydra import GlobalHydra

from runners.sweeps.candidates import best, candidates_of, configuration, trial, write_trials
from runners.sweeps.grids import cells_of_sweep

PARAMS = {"seed": "0,1", "optimizer.lr": "1e-3,1e-4", "runner.batch_size": 50}
GRIDS = [
    {"task": "vae_bernoulli,vae_categorical", "estimator": "nvil"},
    {"task": "vae_bernoulli", "estimator": "gumbel_softmax", "estimator.temperature": "0.5,1.0"},
]


CHOICES = [
    ("vae_bernoulli", "nvil", 0.01),
    ("vae_bernoulli", "rloo", 0.01),
    ("sbn_bernoulli", "nvil", 0.01),
    ("sbn_bernoulli", "darn", 0.1),
    ("sbn_bernoulli", "rloo", 0.01),
]


def cells(grids: list[dict[str, str]], params: dict[str, object], *overrides: str) -> list[list[str]]:
    with initialize_config_module("conf", version_base="1.3"):
        return cells_of_sweep(grids, params, overrides, GlobalHydra.instance().config_loader())


def test_settings_of_optimizers_and_estimators_are_chosen_for_each_estimator_and_problem():
    found = candidates_of(cells(GRIDS, PARAMS))
    assert len(found) == 2 * 2 + 4
    assert {candidate.pair for candidate in found} == {
        ("task=vae_bernoulli", "estimator=nvil", "runner.batch_size=50"),
        ("task=vae_categorical", "estimator=nvil", "runner.batch_size=50"),
        ("task=vae_bernoulli", "estimator=gumbel_softmax", "runner.batch_size=50"),
    }
    assert ("estimator.temperature=0.5", "optimizer.lr=0.001") in {candidate.setting for candidate in found}


def test_seeds_are_cells_of_one_candidate():
    assert all(len(candidate.cells) == 2 for candidate in candidates_of(cells(GRIDS, PARAMS)))


def test_a_choice_of_optimizer_is_a_setting_and_a_choice_of_network_a_problem():
    (one, other) = candidates_of([["estimator=nvil", "optimizer=adam"], ["estimator=nvil", "optimizer=sgd"]])
    assert one.pair == other.pair
    (one, other) = candidates_of([["optimizer=adam", "task.latent.n=20"], ["optimizer=adam", "task.latent.n=30"]])
    assert one.pair != other.pair


def test_the_cells_of_a_rung_have_its_length_and_no_test_score():
    (candidate,) = candidates_of([["estimator=nvil", "runner.steps=200", "runner.test=true", "optimizer.lr=1e-3"]])
    assert candidate.at(50) == [["estimator=nvil", "optimizer.lr=1e-3", "runner.steps=50", "runner.test=false"]]


def test_the_score_is_the_mean_over_seeds_and_infinite_if_one_diverged():
    candidate = candidates_of(cells(GRIDS, PARAMS))[0]
    done = [{"status": "done", "scores": {"valid_negative_bound": score, "negative_bound": 0.0}} for score in (1, 2)]
    assert trial(candidate, 1, 10, done).score == 1.5
    assert trial(candidate, 1, 10, [done[0], {"status": "diverged"}]).score == math.inf
    assert math.isnan(trial(candidate, 1, 10, [done[0], {"status": "failed"}]).score)
    assert math.isnan(trial(candidate, 1, 10, [done[0], {}]).score)


def test_the_best_are_those_with_the_lowest_score_and_never_one_without():
    candidate = candidates_of(cells(GRIDS, PARAMS))[0]
    scores = (3.0, math.nan, 1.0, math.inf, 2.0)
    trials = [
        trial(candidate, 1, 10, [{"status": "done", "scores": {"valid_negative_bound": score}}]) for score in scores
    ]
    assert [each.score for each in best(trials, 2)] == [1.0, 2.0]
    assert [each.score for each in best(trials, 9)] == [1.0, 2.0, 3.0]


def test_the_table_has_a_row_for_each_candidate_and_rung(tmp_path: Path):
    found = candidates_of(cells(GRIDS, PARAMS))
    records = [{"status": "done", "scores": {"valid_negative_bound": 2.5}}, {"status": "diverged"}]
    write_trials(tmp_path / "trials.csv", [trial(each, 1, 10, records) for each in found])
    with (tmp_path / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(found)
    assert rows[0]["for"] == "task=vae_bernoulli estimator=nvil runner.batch_size=50"
    assert rows[0]["setting"] == "optimizer.lr=0.001"
    assert (rows[0]["statuses"], rows[0]["valid_negative_bound"]) == ("1 done 1 diverged", "inf")


TUNED = {"extend_from": ["outputs/tuning"]}


def test_the_chosen_experiment_has_the_cells_of_the_choice_and_no_others():
    found = candidates_of(cells(GRIDS, PARAMS))
    chosen = [found[0], found[2], found[-1]]
    written = yaml.safe_load(configuration(chosen, "paper", PARAMS, "outputs/chosen", TUNED))
    sweeper = written["hydra"]["sweeper"]
    assert written["defaults"][0] == "paper"
    assert written["runner"]["extend_from"] == ["outputs/tuning"]
    # What the experiment that it is built on crosses is merged below it.
    again = cells(sweeper["grids"], PARAMS | sweeper["params"])
    assert sorted(map(sorted, again)) == sorted(sorted(cell) for each in chosen for cell in each.cells)
    more = cells(sweeper["grids"], PARAMS | sweeper["params"], "seed=0,1,2,3,4")
    assert len(more) == 5 * len(chosen)


def test_chosen_settings_that_are_alike_are_one_grid():
    words = [f"task={task} estimator={name} optimizer.lr={lr}".split() for task, name, lr in CHOICES]
    written = yaml.safe_load(configuration(candidates_of(words), "paper", {}, "outputs/chosen", TUNED))
    assert written["hydra"]["sweeper"]["grids"] == [
        {"task": "vae_bernoulli,sbn_bernoulli", "estimator": "nvil,rloo", "optimizer.lr": "0.01"},
        {"task": "sbn_bernoulli", "estimator": "darn", "optimizer.lr": "0.1"},
    ]
