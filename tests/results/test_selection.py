"""Which setting of an estimator is reported on test, and what is said about grids that are not finished."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from results import report
from results.__main__ import main
from results.collect import Results, collect
from results.comparison import Comparison, compare
from results.formats import as_markdown
from results.selection import Choice, chosen_only, select, selection_table
from tests.results.conftest import WriteCell

Validated = Callable[..., None]


@pytest.fixture
def validated(write_cell: WriteCell) -> Validated:
    """Writes a cell with a learning rate, a test bound, and validation scores as further scores."""

    def write(lr: float, *, bound: float = 100.0, estimator: str = "nvil", seed: int = 0, **scores: float) -> None:
        folder = write_cell(estimator, seed=seed, bound=bound, **{"optimizer.lr": lr})
        meta = json.loads((folder / "meta.json").read_text())
        meta["scores"] |= scores
        (folder / "meta.json").write_text(json.dumps(meta))

    return write


def choices(folder: Path) -> list[Choice]:
    return select(compare(collect(folder).cells))


def test_the_setting_with_the_best_validation_bound_is_chosen_whatever_its_test_bound(
    validated: Validated, outputs: Path
) -> None:
    validated(0.1, bound=90.0, valid_negative_bound=120.0, valid_negative_elbo=105.0)
    validated(0.01, bound=110.0, valid_negative_bound=100.0, valid_negative_elbo=125.0)
    (choice,) = choices(outputs)
    assert choice.settings == {"optimizer.lr": "0.01"}
    assert (choice.validation, choice.test, choice.score) == (100.0, 110.0, "valid_negative_bound")


def test_the_negative_elbo_chooses_where_a_cell_has_no_validation_bound(validated: Validated, outputs: Path) -> None:
    validated(0.1, valid_negative_bound=90.0, valid_negative_elbo=130.0)
    validated(0.01, valid_negative_elbo=120.0)
    (choice,) = choices(outputs)
    assert choice.settings == {"optimizer.lr": "0.01"}
    assert "chosen by the negative ELBO" in as_markdown(selection_table([choice]))


def test_the_mean_over_seeds_counts_not_the_best_seed(validated: Validated, outputs: Path) -> None:
    for seed, scores in enumerate([(90.0, 101.0), (130.0, 102.0)]):
        validated(0.1, seed=seed, valid_negative_bound=scores[0])
        validated(0.01, seed=seed, valid_negative_bound=scores[1])
    (choice,) = choices(outputs)
    assert choice.settings == {"optimizer.lr": "0.01"}


def test_each_estimator_and_task_has_a_choice_of_its_own(
    validated: Validated, write_cell: WriteCell, outputs: Path
) -> None:
    for lr, (nvil, muprop) in {0.1: (100.0, 120.0), 0.01: (110.0, 90.0)}.items():
        validated(lr, valid_negative_bound=nvil)
        validated(lr, estimator="muprop", valid_negative_bound=muprop)
    write_cell("nvil", "vae_categorical", **{"runner.steps": 40})
    found = {(choice.estimator, choice.problem.task): choice.settings for choice in choices(outputs)}
    assert found == {
        ("muprop", "vae_bernoulli"): {"optimizer.lr": "0.01"},
        ("nvil", "vae_bernoulli"): {"optimizer.lr": "0.1"},
        ("nvil", "vae_categorical"): {},
    }


def test_a_setting_with_a_seed_that_diverged_is_not_chosen(
    validated: Validated, write_cell: WriteCell, outputs: Path
) -> None:
    for seed in range(2):
        validated(0.01, seed=seed, valid_negative_bound=100.0)
    validated(0.1, seed=0, valid_negative_bound=50.0)
    write_cell("nvil", seed=1, status="diverged", **{"optimizer.lr": 0.1})
    (choice,) = choices(outputs)
    assert choice.settings == {"optimizer.lr": "0.01"}
    table = as_markdown(selection_table([choice]))
    assert "| 1 of 2 (1 diverged) |" in table
    assert "incomplete" not in table, "a setting that diverged has its result"


def test_settings_compete_on_the_same_seeds(validated: Validated, outputs: Path) -> None:
    validated(0.1, seed=0, valid_negative_bound=50.0)
    for seed in range(2):
        validated(0.01, seed=seed, valid_negative_bound=100.0)
    (choice,) = choices(outputs)
    assert choice.settings == {"optimizer.lr": "0.01"}
    assert choice.left_out == ["missing"]


def test_an_incomplete_grid_is_said_to_be_one(
    validated: Validated, outputs: Path, ask_for: Callable[..., None]
) -> None:
    validated(0.1, valid_negative_bound=90.0)
    validated(0.01, valid_negative_bound=100.0)
    ask_for(*(f"estimator=nvil task=vae_bernoulli seed=0 optimizer.lr={lr}" for lr in (0.1, 0.01, 0.001)))
    (choice,) = choices(outputs)
    assert (choice.competed, choice.tried) == (2, 3)
    assert "the grid is incomplete (2 of 3 (1 missing)); the choice may change" in as_markdown(
        selection_table([choice])
    )


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
    assert choice.settings == {"optimizer.lr": "0.01"}
    assert choice.partial
    assert "no setting is done with all seeds" in as_markdown(selection_table([choice]))


def test_without_validation_scores_nothing_is_chosen_among_several(write_cell: WriteCell, outputs: Path) -> None:
    for lr in (0.1, 0.01):
        write_cell("nvil", **{"optimizer.lr": lr})
    write_cell("muprop")
    muprop, nvil = choices(outputs)
    assert (len(nvil.cells), nvil.score, nvil.competed, nvil.tried) == (0, None, 0, 2)
    assert (len(muprop.cells), muprop.test) == (1, 100.0)
    assert "nothing chosen" in as_markdown(selection_table([muprop, nvil]))


def test_an_estimator_that_does_not_apply_has_no_line(write_cell: WriteCell, outputs: Path) -> None:
    write_cell("arm", status="skipped")
    write_cell("nvil")
    assert [choice.estimator for choice in choices(outputs)] == ["nvil"]


def test_the_chosen_cells_are_a_comparison_of_estimators(validated: Validated, outputs: Path) -> None:
    for lr in (0.1, 0.01):
        validated(lr, bound=100 * lr, valid_negative_bound=100 * lr)
        validated(lr, estimator="muprop", bound=1 / lr, valid_negative_bound=1 / lr)
    everything = compare(collect(outputs).cells)
    comparison = chosen_only(everything, select(everything))
    assert list(comparison.methods.index) == ["muprop", "nvil"]
    assert dict(zip(comparison.cells["estimator"], comparison.cells["negative_bound"], strict=True)) == {
        "muprop": 10.0,
        "nvil": 1.0,
    }


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
    columns = ["estimator", "optimizer.lr", "negative_bound", "settings_tried"]
    assert list(frame[columns].itertuples(index=False, name=None)) == [("nvil", 0.01, 98.76, 2)]
    assert "| **98.76** | 99.00 | 2 of 2 | optimizer.lr=0.01 |" in (outputs / "selected.md").read_text()


@pytest.mark.parametrize(("settings", "shown"), [(30, 30), (31, 1)])
def test_figures_of_more_settings_than_they_have_room_for_show_the_chosen_ones(
    validated: Validated, outputs: Path, monkeypatch: pytest.MonkeyPatch, settings: int, shown: int
) -> None:
    drawn: list[Comparison] = []

    def figures(_: Results, comparison: Comparison) -> list[tuple[str, Figure]]:
        drawn.append(comparison)
        return []

    monkeypatch.setattr(report, "comparison_figures", figures)
    for number in range(settings):
        validated(0.001 * (number + 1), valid_negative_bound=100.0 + number)
    report.write_report(collect(outputs))
    assert [len(comparison.methods) for comparison in drawn] == [shown]


def test_a_large_grid_that_has_just_begun_is_reported(write_cell: WriteCell, outputs: Path) -> None:
    for number in range(31):
        write_cell("nvil", status="running", **{"optimizer.lr": 0.001 * (number + 1)})
    assert main([str(outputs)]) == 0
    assert "0 of 31 (31 running)" in (outputs / "selected.md").read_text()
