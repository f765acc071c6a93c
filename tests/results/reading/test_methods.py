"""What cells are called: settings, conditions and labels, also of cells that a sweep asked for and nobody has begun."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from results.__main__ import main
from results.comparison import compare
from results.reading.collect import collect
from results.reading.methods import configuration_keys
from results.sections.comparison_table import comparison_table, notes_of
from runners.cells.keys import NOT_IDENTIFYING
from tests.results.conftest import WriteCell

AskFor = Callable[..., None]


def grid_of(estimator: str) -> list[str]:
    """Of a key that only this estimator has, and of one that all have."""
    return [
        f"task=vae_bernoulli estimator={estimator} estimator.temperature={temperature} optimizer.lr={lr}"
        for temperature in (0.5, 1.0)
        for lr in (0.001, 0.01)
    ]


def test_a_method_that_no_cell_has_yet_has_the_settings_that_it_was_asked_for_with(
    write_cell: WriteCell, ask_for: AskFor, outputs: Path
):
    write_cell("nvil", **{"optimizer.lr": 0.001})
    ask_for(*grid_of("gumbel_rao"))
    comparison = compare(collect(outputs).cells)
    (choice,) = [choice for choice in comparison.choices if choice.method == "gumbel_rao"]
    assert choice.among == "0 of 4 (4 missing)"
    assert set(choice.left_out) == {
        f"temperature={temperature}, lr={lr}" for temperature in (0.5, 1.0) for lr in (0.001, 0.01)
    }
    assert len(comparison.problems) == 1


def test_a_missing_setting_is_not_a_further_seed_of_one_that_is_there(
    write_cell: WriteCell, ask_for: AskFor, outputs: Path
):
    write_cell("rloo", seed=0, valid=90.0, **{"estimator.samples": 2})
    ask_for("task=vae_bernoulli estimator=rloo estimator.samples=4 seed=0")
    (choice,) = compare(collect(outputs).cells).choices
    assert choice.among == "1 of 2 (1 missing)"
    assert choice.setting == "samples=2"


def test_what_is_missing_with_other_conditions_is_another_problem(
    write_cell: WriteCell, ask_for: AskFor, outputs: Path
):
    write_cell("rloo", seed=0)
    ask_for("task=vae_bernoulli estimator=rloo runner.steps=40 seed=0", "task=vae_bernoulli estimator=nvil seed=0")
    comparison = compare(collect(outputs).cells)
    assert [problem.conditions for problem in comparison.problems] == ["steps=20", "steps=40"]
    assert comparison.choice("nvil", comparison.problems[0]) is not None


def test_all_that_is_missing_of_a_method_is_one_note(write_cell: WriteCell, ask_for: AskFor, outputs: Path):
    write_cell("nvil")
    ask_for(*grid_of("gumbel_rao"))
    notes = [note for note in notes_of(compare(collect(outputs).cells)) if "gumbel_rao" in note]
    assert notes == ["gumbel_rao on vae_bernoulli (mnist5k-dynamic): 4 missing"]


def test_keys_that_do_not_identify_a_cell_set_no_methods_apart(write_cell: WriteCell, outputs: Path):
    for seed, device in enumerate(("cpu", "cuda")):
        write_cell("nvil", seed=seed, **{"device": device, "runner.vectorize": device == "cuda", "runner.replicas": 2})
    cells = collect(outputs).cells
    assert not set(configuration_keys(cells)) & set(NOT_IDENTIFYING)
    (choice,) = compare(cells).choices
    assert (choice.tried, choice.seeds) == (1, [0, 1])


@pytest.mark.usefixtures("without_figures")
def test_labels_are_what_all_tables_call_methods(write_cell: WriteCell, outputs: Path):
    for name, bound in {"nvil": 100.0, "darn": 101.0}.items():
        for task in ("vae_bernoulli", "sbn_bernoulli"):
            for seed in range(2):
                write_cell(name, task, seed, bound=bound)
    write_cell("darn", seed=2, status="diverged")
    assert main([str(outputs), "--labels", "nvil=First,darn=Second"]) == 0
    for name in ("table.md", "table.tex", "table.html", "statistics.md", "targets.md"):
        text = (outputs / name).read_text()
        assert "Second" in text, name
        assert "darn" not in text, name
    assert set(pd.read_csv(outputs / "statistics.csv")["method"]) == {"nvil", "darn"}, "by which files join"
    assert comparison_table(compare(collect(outputs).cells)).rows[0][0] == "nvil"
