"""Which setting of a method is reported on test, and what is said about grids that are not finished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from results.__main__ import main
from results.comparison import Comparison, compare
from results.reading.choices import Choice
from results.reading.collect import collect
from results.sections.grid import budget, grid
from results.sections.selection import selection_table
from results.writing.formats import as_markdown
from tests.results.conftest import WriteCell

Validated = Callable[..., None]


@pytest.fixture
def validated(write_cell: WriteCell) -> Validated:
    """Writes a cell with a learning rate, a test bound, and validation scores as further scores."""

    def write(lr: float, *, bound: float = 100.0, estimator: str = "nvil", seed: int = 0, **scores: float) -> None:
        write_cell(estimator, seed=seed, bound=bound, scores=scores, **{"optimizer.lr": lr})

    return write


def compared(folder: Path) -> Comparison:
    return compare(collect(folder).cells)


def choices(folder: Path) -> list[Choice]:
    return list(compared(folder).choices)


def table_of(folder: Path) -> str:
    return as_markdown(selection_table(compared(folder)))


def test_the_setting_with_the_best_validation_bound_is_chosen_whatever_its_test_bound(
    validated: Validated, outputs: Path
) -> None:
    validated(0.1, bound=90.0, valid_negative_bound=120.0, valid_negative_elbo=105.0)
    validated(0.01, bound=110.0, valid_negative_bound=100.0, valid_negative_elbo=125.0)
    (choice,) = choices(outputs)
    assert choice.setting == "lr=0.01"
    assert (choice.validation["lr=0.01"], choice.score) == (100.0, "valid_negative_bound")
    assert choice.chosen["negative_bound"].tolist() == [110.0]


def test_the_negative_elbo_chooses_where_a_cell_has_no_validation_bound(validated: Validated, outputs: Path) -> None:
    validated(0.1, valid_negative_bound=90.0, valid_negative_elbo=130.0)
    validated(0.01, valid_negative_elbo=120.0)
    (choice,) = choices(outputs)
    assert choice.setting == "lr=0.01"
    assert "chosen by the negative ELBO" in table_of(outputs)


def test_the_mean_over_seeds_counts_not_the_best_seed(validated: Validated, outputs: Path) -> None:
    for seed, scores in enumerate([(90.0, 101.0), (130.0, 102.0)]):
        validated(0.1, seed=seed, valid_negative_bound=scores[0])
        validated(0.01, seed=seed, valid_negative_bound=scores[1])
    (choice,) = choices(outputs)
    assert choice.setting == "lr=0.01"


def test_each_estimator_and_task_has_a_choice_of_its_own(
    validated: Validated, write_cell: WriteCell, outputs: Path
) -> None:
    for lr, (nvil, muprop) in {0.1: (100.0, 120.0), 0.01: (110.0, 90.0)}.items():
        validated(lr, valid_negative_bound=nvil)
        validated(lr, estimator="muprop", valid_negative_bound=muprop)
    write_cell("nvil", "vae_categorical", **{"runner.steps": 40})
    found = {(choice.method, choice.problem.task): choice.setting for choice in choices(outputs)}
    assert found == {
        ("muprop", "vae_bernoulli"): "lr=0.01",
        ("nvil", "vae_bernoulli"): "lr=0.1",
        ("nvil", "vae_categorical"): "",
    }


def test_a_setting_with_a_seed_that_diverged_is_not_chosen(
    validated: Validated, write_cell: WriteCell, outputs: Path
) -> None:
    for seed in range(2):
        validated(0.01, seed=seed, valid_negative_bound=100.0)
    validated(0.1, seed=0, valid_negative_bound=50.0)
    write_cell("nvil", seed=1, status="diverged", **{"optimizer.lr": 0.1})
    (choice,) = choices(outputs)
    assert choice.setting == "lr=0.01"
    table = table_of(outputs)
    assert "| 1 of 2 (1 diverged) |" in table
    assert "incomplete" not in table, "a setting that diverged has its result"


def test_settings_compete_on_the_seeds_that_they_have_in_common(validated: Validated, outputs: Path) -> None:
    """A search with one seed, of which one setting was run again with others: the choice is that of the search."""
    validated(0.1, seed=0, valid_negative_bound=50.0, bound=60.0)
    for seed, valid in enumerate((100.0, 1.0, 1.0)):
        validated(0.01, seed=seed, valid_negative_bound=valid)
    (choice,) = choices(outputs)
    assert choice.setting == "lr=0.1"
    assert (choice.seeds, choice.competed) == ([0], 2)
    assert "chosen among 2 of 2 on seed 0; the choice may change" in table_of(outputs)


def test_of_equal_settings_the_first_by_name_is_chosen(validated: Validated, outputs: Path) -> None:
    for lr in (0.3, 0.1, 0.2):
        validated(lr, valid_negative_bound=50.0)
    (choice,) = choices(outputs)
    assert choice.setting == "lr=0.1"


def test_an_incomplete_grid_is_said_to_be_one(
    validated: Validated, outputs: Path, ask_for: Callable[..., None]
) -> None:
    validated(0.1, valid_negative_bound=90.0)
    validated(0.01, valid_negative_bound=100.0)
    ask_for(*(f"estimator=nvil task=vae_bernoulli seed=0 optimizer.lr={lr}" for lr in (0.1, 0.01, 0.001)))
    (choice,) = choices(outputs)
    assert (choice.competed, choice.tried) == (2, 3)
    assert "chosen among 2 of 3 (1 missing) on seed 0; the choice may change" in table_of(outputs)


def test_if_no_setting_has_all_seeds_those_with_the_most_compete(
    validated: Validated, write_cell: WriteCell, outputs: Path
) -> None:
    for lr, done in {0.1: [0], 0.01: [0, 1]}.items():
        for seed in range(3):
            if seed in done:
                validated(lr, seed=seed, valid_negative_bound=100.0 * lr)
            else:
                write_cell("nvil", seed=seed, status="running", **{"optimizer.lr": lr})
    (choice,) = choices(outputs)
    assert choice.setting == "lr=0.01"
    assert not choice.complete
    assert "on seed 0; the choice may change" in table_of(outputs)


def test_without_validation_scores_nothing_is_chosen_among_several(write_cell: WriteCell, outputs: Path) -> None:
    for lr in (0.1, 0.01):
        write_cell("nvil", **{"optimizer.lr": lr})
    write_cell("muprop")
    muprop, nvil = choices(outputs)
    assert (len(nvil.chosen), nvil.setting, nvil.competed, nvil.tried) == (0, None, 0, 2)
    assert (len(muprop.chosen), muprop.setting) == (1, "")
    assert "nvil on vae\\_bernoulli (mnist5k-dynamic): no setting can be chosen: 0 of 2 (2 unscored)" in table_of(
        outputs
    )


def test_validation_bounds_of_different_m_are_not_set_against_each_other(validated: Validated, outputs: Path) -> None:
    validated(0.1, valid_negative_bound=90.0, valid_negative_elbo=130.0, valid_samples=1000)
    validated(0.01, valid_negative_bound=95.0, valid_negative_elbo=120.0, valid_samples=10)
    (choice,) = choices(outputs)
    assert (choice.setting, choice.score) == ("lr=0.01", "valid_negative_elbo")


def test_an_estimator_that_does_not_apply_has_no_line(write_cell: WriteCell, outputs: Path) -> None:
    write_cell("arm", status="skipped")
    write_cell("nvil")
    assert [choice.method for choice in choices(outputs)] == ["nvil"]


def test_a_method_of_which_every_setting_diverged_has_lost_its_seeds(
    validated: Validated, write_cell: WriteCell, outputs: Path
) -> None:
    validated(0.1, estimator="muprop", valid_negative_bound=1.0)
    for lr in (0.1, 0.01):
        write_cell("nvil", status="diverged", **{"optimizer.lr": lr})
    (found,) = compared(outputs).standings.values()
    assert found.lost == {"muprop": 0, "nvil": 1}


@pytest.mark.usefixtures("without_figures")
@pytest.mark.parametrize("settings", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_the_whole_grid_is_a_table_of_its_own_where_nothing_is_set_off(
    validated: Validated, outputs: Path, settings: int
) -> None:
    assert settings > 1
    for number in range(settings):
        validated(0.001 * (number + 1), valid_negative_bound=100.0 + number, bound=200.0 - number)
    assert main([str(outputs)]) == 0
    rows = pd.read_csv(outputs / "grid.csv")
    assert len(rows) == settings
    assert rows["validation"].is_monotonic_increasing
    assert rows["chosen"].tolist() == [True] + [False] * (settings - 1)
    assert "**" not in (outputs / "grid.md").read_text()


@pytest.mark.usefixtures("without_figures")
def test_the_files_are_written_when_an_estimator_has_several_settings(validated: Validated, outputs: Path) -> None:
    validated(0.1, bound=100.0, valid_negative_bound=100.0)
    assert main([str(outputs)]) == 0
    assert not list(outputs.glob("selected.*"))
    validated(0.01, bound=98.76, valid_negative_bound=99.0)
    assert main([str(outputs)]) == 0
    assert {path.name for path in outputs.glob("selected.*")} == {
        f"selected.{kind}" for kind in ("csv", "md", "tex", "html")
    }
    frame = pd.read_csv(outputs / "selected.csv")
    columns = ["method", "setting", "mean", "settings_tried"]
    assert list(frame[columns].itertuples(index=False, name=None)) == [("nvil", "lr=0.01", 98.76, 2)]
    assert "| **98.76** | 99.00 | 2 of 2 | lr=0.01 |" in (outputs / "selected.md").read_text()


def test_what_fewer_settings_reach_is_reported(validated: Validated, outputs: Path) -> None:
    """Of two settings drawn from three the best on validation is the first in two of three pairs."""
    for lr, score in {0.1: 10.0, 0.2: 20.0, 0.3: 30.0}.items():
        validated(lr, bound=score + 1, valid_negative_bound=score)
    found = budget(compared(outputs))
    assert found["settings"].tolist() == [1, 2, 3]
    assert found["expected_bound"].tolist() == pytest.approx([21.0, (2 * 11 + 21) / 3, 11.0])


def test_a_large_grid_that_has_just_begun_is_reported(write_cell: WriteCell, outputs: Path) -> None:
    for number in range(31):
        write_cell("nvil", status="running", **{"optimizer.lr": 0.001 * (number + 1)})
    assert main([str(outputs)]) == 0
    assert "0 of 31 (31 running)" in (outputs / "selected.md").read_text()
    assert len(grid(compared(outputs))) == 31
