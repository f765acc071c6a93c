"""What is averaged, what is set apart, and what is said about cells that are not done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from results.collect import collect
from results.comparison import compare
from results.formats import as_html, as_latex, as_markdown, as_text, write_table
from results.table import Score, Table, counts, speed_in_words, tabulate
from runners.cells.files import digest_of_file
from tests.results.conftest import WriteCell


def tabulated(folder: Path) -> Table:
    return tabulate(compare(collect(folder).cells))


def scores(table: Table) -> dict[str, list[Score]]:
    """Scores by the estimator's name."""
    return {str(row[0]): [entry for entry in row if isinstance(entry, Score)] for row in table.rows}


def test_scores_are_mean_and_standard_deviation_over_seeds(write_cell: WriteCell, outputs: Path) -> None:
    bounds = [100.0, 101.0, 103.0]
    for seed, bound in enumerate(bounds):
        write_cell("nvil", seed=seed, bound=bound)
    ((score,),) = scores(tabulated(outputs)).values()
    assert score.mean == pytest.approx(np.mean(bounds))
    assert score.deviation == pytest.approx(np.std(bounds, ddof=1))
    assert "101.33 ± 1.53" in as_text(tabulated(outputs))


def test_the_lowest_mean_of_each_problem_is_set_off_in_every_format(write_cell: WriteCell, outputs: Path) -> None:
    for task, (nvil, muprop) in {"vae_bernoulli": (100.0, 110.0), "vae_categorical": (95.0, 90.0)}.items():
        write_cell("nvil", task, bound=nvil)
        write_cell("muprop", task, bound=muprop)
    table = tabulated(outputs)
    assert {name: [score.best for score in row] for name, row in scores(table).items()} == {
        "muprop": [False, True],
        "nvil": [True, False],
    }
    assert "*100.00" in as_text(table)
    assert "*90.00" in as_text(table)
    assert "**100.00** | 95.00" in as_markdown(table)
    assert r"\textbf{100.00} & 95.00" in as_latex(table)


def test_a_method_that_lost_seeds_is_not_the_best(write_cell: WriteCell, outputs: Path) -> None:
    for seed in range(2):
        write_cell("nvil", seed=seed, bound=100.0 + seed)
    write_cell("muprop", seed=0, bound=90.0)
    write_cell("muprop", seed=1, status="diverged")
    best = {name: score.best for name, (score,) in scores(tabulated(outputs)).items()}
    assert best == {"muprop": False, "nvil": True}


def test_where_every_method_lost_seeds_the_lowest_mean_is_the_best(write_cell: WriteCell, outputs: Path) -> None:
    for name, bound in {"nvil": 100.0, "muprop": 90.0}.items():
        write_cell(name, seed=0, bound=bound)
        write_cell(name, seed=1, status="diverged")
    best = {name: score.best for name, (score,) in scores(tabulated(outputs)).items()}
    assert best == {"muprop": True, "nvil": False}


def test_means_that_print_alike_are_both_best(write_cell: WriteCell, outputs: Path) -> None:
    write_cell("nvil", bound=100.001)
    write_cell("muprop", bound=100.002)
    assert all(score.best for (score,) in scores(tabulated(outputs)).values())


def test_a_part_that_is_seeded_like_the_cell_splits_no_method(write_cell: WriteCell, outputs: Path) -> None:
    for seed in range(2):
        write_cell("nvil", seed=seed, **{"data.label_seed": seed})
    ((score,),) = scores(tabulated(outputs)).values()
    assert score.done == 2
    write_cell("nvil", seed=2, **{"data.label_seed": 0})
    assert len(tabulated(outputs).rows) == 2, "another seed is a setting like any other"


def test_further_scores_have_a_column_in_which_the_highest_is_best(write_cell: WriteCell, outputs: Path) -> None:
    for estimator, accuracy in {"nvil": 0.75, "muprop": 0.8}.items():
        meta = write_cell(estimator) / "meta.json"
        record = json.loads(meta.read_text())
        record["scores"] |= {"accuracy": accuracy, "valid_accuracy": 0.5, "valid_negative_bound": 1.0}
        meta.write_text(json.dumps(record))
    table = tabulated(outputs)
    assert {name: (accuracy.mean, accuracy.best) for name, (_, accuracy) in scores(table).items()} == {
        "nvil": (0.75, False),
        "muprop": (0.8, True),
    }
    assert table.headings[-3] == ("vae_bernoulli", "mnist5k-dynamic", "accuracy")
    assert "**0.800**" in as_markdown(table)
    assert "other scores, higher is better" in as_text(table)


def test_different_settings_are_rows_of_their_own(write_cell: WriteCell, outputs: Path) -> None:
    for lr, bound in {0.001: 100.0, 0.01: 120.0}.items():
        for seed in range(2):
            write_cell("nvil", seed=seed, bound=bound, **{"optimizer.lr": lr})
    table = tabulated(outputs)
    assert ("optimizer.lr",) in table.headings
    assert [row[1] for row in table.rows] == ["0.001", "0.01"]
    assert [entry.mean for row in table.rows for entry in row if isinstance(entry, Score)] == [100.0, 120.0]


def test_settings_that_differ_past_the_sixth_digit_are_not_averaged(write_cell: WriteCell, outputs: Path) -> None:
    write_cell(bound=100.0, **{"optimizer.lr": 0.12345678})
    write_cell(bound=120.0, **{"optimizer.lr": 0.12345679})
    assert len(tabulated(outputs).rows) == 2


def test_a_setting_that_follows_another_is_named_in_a_note(write_cell: WriteCell, outputs: Path) -> None:
    write_cell(seed=0, **{"runner.steps": 20, "runner.evaluate_every": 5})
    write_cell(seed=0, **{"runner.steps": 40, "runner.evaluate_every": 10})
    comparison = compare(collect(outputs).cells)
    assert (comparison.settings, comparison.following) == (["runner.steps"], ["runner.evaluate_every"])
    assert any("runner.evaluate_every" in note for note in tabulate(comparison).notes)


def test_an_estimators_own_settings_do_not_split_others(write_cell: WriteCell, outputs: Path) -> None:
    write_cell("nvil")
    for temperature in (0.5, 1.0):
        write_cell("gumbel_softmax", **{"estimator.temperature": temperature})
    comparison = compare(collect(outputs).cells)
    assert list(comparison.methods.index) == [
        "gumbel_softmax, temperature=0.5",
        "gumbel_softmax, temperature=1.0",
        "nvil",
    ]


def test_data_sets_and_sample_counts_are_columns_of_their_own(write_cell: WriteCell, outputs: Path) -> None:
    write_cell(data="mnist-dynamic")
    write_cell(data="mnist-fixed")
    write_cell(data="mnist-fixed", **{"runner.bound_samples": 1000})
    headings = tabulated(outputs).headings
    assert [heading[1:] for heading in headings if len(heading) == 3] == [
        ("mnist-dynamic", "100-sample bound"),
        ("mnist-fixed", "100-sample bound"),
        ("mnist-fixed", "1000-sample bound"),
    ]


def test_cells_that_are_not_done_are_counted_and_explained(
    write_cell: WriteCell, outputs: Path, ask_for: Callable[..., None]
) -> None:
    write_cell("nvil", seed=0, bound=100.0)
    write_cell("nvil", seed=1, status="diverged")
    write_cell("muprop", seed=0, status="failed")
    ask_for(*(f"estimator=nvil task=vae_bernoulli seed={seed}" for seed in range(3)))
    text = as_text(tabulated(outputs))
    assert "100.00 (1/3)  " in text
    assert "1/3 done, 1 diverged, 1 missing" in text
    assert "0/1 done, 1 failed" in text
    assert "nvil on vae_bernoulli (mnist5k-dynamic), seed 1: diverged (why it diverged)" in text
    assert "nvil on vae_bernoulli (mnist5k-dynamic), seed 2: missing" in text


def test_an_estimator_without_any_cell_still_has_a_row(
    write_cell: WriteCell, outputs: Path, ask_for: Callable[..., None]
) -> None:
    write_cell("nvil")
    ask_for("estimator=nvil task=vae_bernoulli seed=0", "estimator=darn task=vae_bernoulli seed=0")
    table = tabulated(outputs)
    assert len([heading for heading in table.headings if len(heading) == 3]) == 1
    assert "darn" in scores(table)
    assert "1 missing" in as_markdown(table)


def test_a_folder_where_nothing_is_done_has_a_table(write_cell: WriteCell, outputs: Path) -> None:
    write_cell("nvil", status="running")
    assert "0/1 done, 1 running" in as_text(tabulated(outputs))


def test_speeds_on_different_processors_are_flagged(write_cell: WriteCell, outputs: Path) -> None:
    cpu = {"processor": "EPYC"}
    for seed, machine in enumerate([cpu, cpu | {"gpu": "H100"}]):
        meta = write_cell(seed=seed) / "meta.json"
        meta.write_text(json.dumps(json.loads(meta.read_text()) | {"machine": machine}))
    flagged = "steps/s cannot be compared between all cells; they ran with different processor: EPYC, H100"
    assert flagged in tabulated(outputs).notes


def test_speeds_with_different_numbers_of_threads_are_flagged(write_cell: WriteCell) -> None:
    write_cell(seed=0)
    folder = write_cell(seed=1)
    config = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(config.replace("threads: 1", "threads: 4"))
    assert any("steps/s cannot be compared" in note for note in tabulated(folder.parent).notes)


def test_latex_escapes_names_and_has_as_many_columns_in_every_row(
    write_cell: WriteCell, outputs: Path, tmp_path: Path
) -> None:
    write_cell("st_gumbel_softmax")
    table = tabulated(outputs)
    latex = as_latex(table)
    rows = [line for line in latex.splitlines() if line.endswith(r"\\")]
    assert {row.count("&") for row in rows} == {len(table.headings) - 1}
    assert r"st\_gumbel\_softmax" in latex
    assert [path.name for path in write_table(table, tmp_path)] == ["table.md", "table.tex", "table.html"]


def test_html_escapes_names_and_sets_off_the_best(write_cell: WriteCell, outputs: Path) -> None:
    write_cell("<b>mine", bound=90.0)
    write_cell("nvil", bound=95.0)
    found = as_html(tabulated(outputs))
    assert "&lt;b&gt;mine" in found
    assert "<b>" not in found
    assert "<strong>90.00</strong>" in found
    assert "<strong>95.00" not in found


def test_what_lies_within_the_interval_of_the_best_is_set_off_too(write_cell: WriteCell, outputs: Path) -> None:
    """The best method's seeds are 99, 100 and 101: every resampled mean lies between."""
    for seed in range(3):
        write_cell("nvil", seed=seed, bound=99.0 + seed)
        write_cell("darn", seed=seed, bound=100.3)
        write_cell("muprop", seed=seed, bound=101.5)
    lines = {line.split(" ")[1]: line for line in as_markdown(tabulated(outputs)).splitlines() if "±" in line}
    assert {name for name, line in lines.items() if "**" in line} == {"nvil", "darn"}


def test_statuses_are_counted_in_a_fixed_order() -> None:
    assert counts(["missing", "done", "diverged", "done"]) == "2/4 done, 1 diverged, 1 missing"
    assert counts(["odd"]) == "0/1 done, 1 odd"


def test_speeds_are_printed_with_the_digits_that_matter() -> None:
    assert [speed_in_words(speed) for speed in (312.4, 10.0, 2.345, float("nan"))] == ["312", "10", "2.3", "–"]  # noqa: RUF001


def test_a_table_of_different_versions_says_so(write_cell: WriteCell, outputs: Path) -> None:
    for seed, (torch, commit) in enumerate([("2.12.0", "abc"), ("2.13.0", "abc")]):
        meta = write_cell("nvil", seed=seed) / "meta.json"
        meta.write_text(json.dumps(json.loads(meta.read_text()) | {"versions": {"torch": torch}, "commit": commit}))
    assert "the cells were made by different versions: PyTorch 2.12.0, 2.13.0" in tabulated(outputs).notes


def test_a_file_that_was_changed_after_its_cell_ended_is_named(write_cell: WriteCell, outputs: Path) -> None:
    folder = write_cell("nvil")
    digests = {"config.yaml": digest_of_file(folder / "config.yaml"), "metrics.jsonl": "0" * 12}
    (folder / "metrics.jsonl").write_text("{}")
    meta = folder / "meta.json"
    meta.write_text(json.dumps(json.loads(meta.read_text()) | {"digests": digests}))
    assert collect(outputs).notes[0] == f"{folder.name}: metrics.jsonl is not as the cell left it"


def test_a_note_says_when_scores_are_not_the_same_draws(outputs: Path, write_cell: WriteCell):
    for seed, draws in enumerate(([(1, 1)], [(1, 6)], [(1, 1), (2, 1)])):
        path = write_cell(seed=seed) / "meta.json"
        each = [{"device": "cpu", "threads": threads, "replicas": replicas} for threads, replicas in draws]
        path.write_text(json.dumps(json.loads(path.read_text()) | {"draws": each}))
    notes = tabulate(compare(collect(outputs).cells)).notes
    expected = "not the same draws; they have threads: 1, 1 then 2; cells in a program: 1, 6"
    assert any(expected in note for note in notes), notes
