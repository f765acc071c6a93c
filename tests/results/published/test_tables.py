"""Tables of published cells on pages."""

from __future__ import annotations

from pathlib import Path

from results.published.tables import TabulatedStudy
from results.reading.collect import collect
from tests.results.conftest import WriteCell
from tests.results.published.markdown import rows


def test_the_chosen_setting_of_a_method_stands_with_its_validation_bound(write_cell: WriteCell, outputs: Path):
    write_cell("nvil", valid=1.0, **{"optimizer.lr": 0.01})
    write_cell("nvil", valid=2.0, **{"optimizer.lr": 0.1})
    table = TabulatedStudy(collect(outputs)).chosen()
    assert rows(table) == [["estimator", r"vae\_bernoulli"], ["NVIL", "1.00 (lr=0.01)"]]


def test_every_setting_of_a_method_has_its_bounds_the_chosen_one_is_bold(write_cell: WriteCell, outputs: Path):
    write_cell("nvil", bound=105.0, valid=2.0, **{"optimizer.lr": 0.01})
    write_cell("nvil", bound=104.0, valid=3.0, **{"optimizer.lr": 0.1})
    write_cell("nvil", task="vae_categorical", bound=100.0, valid=1.0, **{"optimizer.lr": 0.1})
    head, *body = rows(TabulatedStudy(collect(outputs)).settings("nvil"))
    assert head == ["task", "setting", "validation", "test"]
    assert body == [
        [r"vae\_bernoulli", "lr=0.01", "**2.00**", "105.00"],
        [r"vae\_bernoulli", "lr=0.1", "3.00", "104.00"],
    ]


def test_tasks_are_in_one_order_the_vaes_first(write_cell: WriteCell, outputs: Path):
    for task in ("sbn_bernoulli", "another", "vae_categorical", "vae_bernoulli"):
        write_cell("nvil", task=task)
    study = TabulatedStudy(collect(outputs))
    assert study.tasks() == ["vae_bernoulli", "vae_categorical", "sbn_bernoulli", "another"]
    for table in (study.overview(), study.chosen()):
        assert [name.replace("\\", "") for name in rows(table)[0]] == ["estimator", *study.tasks()]


def test_methods_stand_by_their_test_bound_and_at_equal_cost(write_cell: WriteCell, outputs: Path):
    write_cell("gumbel_softmax", bound=100.0)
    write_cell("rebar", bound=99.0, cost_evaluations=2)
    study = TabulatedStudy(
        collect(outputs), {("gumbel_softmax", "vae_bernoulli"): 1.0, ("rebar", "vae_bernoulli"): 4.0}
    )
    head, first, second = rows(study.standings("vae_bernoulli"))
    assert (first[0], second[0]) == ("REBAR", "Gumbel-Softmax")
    after = [head.index(name) for name in head if name.startswith(("validation", "after"))]
    # The journal of these cells falls as bound + 100 / step, to step 20.
    assert [second[place] for place in after] == ["105.00"] * 3
    assert study.after("gumbel_softmax", "vae_bernoulli", 10) == "110.00"
    assert [first[place] for place in after] == ["104.00", "109.00", "119.00"]


def test_methods_are_ranked_by_the_first_of_several_scores(write_cell: WriteCell, outputs: Path):
    for seed in (0, 1):
        write_cell("nvil", seed=seed, bound=90.0, scores={"accuracy": 0.70 + seed / 100, "valid_accuracy": 0.7})
        write_cell("rloo", seed=seed, bound=95.0, scores={"accuracy": 0.80, "valid_accuracy": 0.8})
    head, *body = rows(TabulatedStudy(collect(outputs)).by_scores("vae_bernoulli", "accuracy", "negative_bound"))
    assert head == ["estimator", "accuracy", "100-sample bound", "seeds"]
    assert body == [
        ["RLOO", "**0.800** ± 0.000", "95.00 ± 0.00", "2"],
        ["NVIL", "0.705 ± 0.064", "**90.00** ± 0.00", "2"],
    ]


def test_a_cost_that_was_not_measured_is_not_reported(write_cell: WriteCell, outputs: Path):
    write_cell("nvil")
    head, row = rows(TabulatedStudy(collect(outputs)).standings("vae_bernoulli"))
    assert row[head.index("cost per step")] == row[head.index("after as much time")] == "–"  # noqa: RUF001
    assert row[head.index("after as many evaluations")] != "–"  # noqa: RUF001


def test_the_overview_has_every_method_on_every_task_the_best_on_the_first_task_first(
    write_cell: WriteCell, outputs: Path
):
    for seed in (0, 1, 2):
        write_cell("nvil", seed=seed, bound=110.0 + seed)
        write_cell("rebar", seed=seed, bound=100.0 + seed)
        write_cell("disarm_sb", task="vae_categorical", seed=seed, bound=90.0 + seed)
        write_cell("rebar", task="vae_categorical", seed=seed, bound=95.0 + seed)
    head, *body = rows(TabulatedStudy(collect(outputs)).overview())
    assert head == ["estimator", r"vae\_bernoulli", r"vae\_categorical"]
    assert body == [  # half an interval: 4.303 / sqrt(3)
        ["REBAR", "**101.00** ± 2.48", "96.00 ± 2.48"],
        ["NVIL", "111.00 ± 2.48", ""],
        ["DisARM-SB", "", "**91.00** ± 2.48"],
    ]


def test_rates_of_the_estimators_own_parameters_are_compared_at_their_best_over_the_others(
    write_cell: WriteCell, outputs: Path
):
    write_cell("gumbel_softmax")
    for own, rate, valid in ((0.001, 0.01, 9.0), (0.001, 0.1, 8.0), (0.01, 0.01, 7.0), (0.01, 0.1, 9.5)):
        write_cell("nvil", valid=valid, **{"optimizer.lr": rate, "auxiliary_optimizer.lr": own})
    assert rows(TabulatedStudy(collect(outputs)).auxiliary_rates()) == [
        ["estimator", "task", "0.001", "0.01"],
        ["NVIL", r"vae\_bernoulli", "8.00", "**7.00**"],
    ]
