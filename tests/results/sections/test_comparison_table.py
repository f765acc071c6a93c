"""What is averaged, what is set apart, and what is said about cells that are not done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from results.comparison import compare
from results.reading.collect import collect
from results.reading.labels import labelled
from results.reading.statuses import counts
from results.sections.comparison_table import article_table, comparison_table, speed_in_words
from results.writing.formats import as_html, as_markdown, as_text
from results.writing.latex import as_latex
from runners.cells.files import digest_of_file
from tests.results.conftest import WriteCell
from tests.results.sections.tabulated import scores, tabulated


def test_scores_are_mean_and_standard_deviation_over_seeds(write_cell: WriteCell, outputs: Path) -> None:
    bounds = [100.0, 101.0, 103.0]
    for seed, bound in enumerate(bounds):
        write_cell("nvil", seed=seed, bound=bound)
    ((score,),) = scores(tabulated(outputs)).values()
    assert score.number == pytest.approx(np.mean(bounds))
    assert score.rest == f"± {np.std(bounds, ddof=1):.2f}"
    assert "101.33 ± 1.53" in as_text(tabulated(outputs))


def test_methods_are_in_the_order_of_their_scores_over_problems(write_cell: WriteCell, outputs: Path) -> None:
    """arm is second of two and second of three, nvil first and third, darn first; rebar has no score."""
    for method, bounds in {"arm": (9.0, 2.0), "nvil": (8.0, 3.0), "darn": (None, 1.0)}.items():
        for task, bound in zip(("vae_bernoulli", "vae_categorical"), bounds, strict=True):
            if bound is not None:
                write_cell(method, task, bound=bound)
    write_cell("rebar", status="failed")
    assert list(scores(tabulated(outputs))) == ["darn", "nvil", "arm", "rebar"]
    ordered = comparison_table(compare(collect(outputs).cells, order=["arm"]))
    assert [row[0] for row in ordered.rows] == ["arm", "darn", "nvil", "rebar"]


def test_cells_that_are_not_done_are_counted_and_explained(
    write_cell: WriteCell, outputs: Path, ask_for: Callable[..., None]
) -> None:
    write_cell("nvil", seed=0, bound=100.0)
    write_cell("nvil", seed=1, status="diverged")
    write_cell("muprop", seed=0, status="failed")
    ask_for(*(f"estimator=nvil task=vae_bernoulli seed={seed}" for seed in range(3)))
    text = as_text(tabulated(outputs))
    assert "100.00 (1/2 †)" in text
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
    flagged = "steps/s and seconds are not comparable between all cells, which differ in processor: EPYC, H100"
    assert flagged in tabulated(outputs).notes


def test_speeds_with_different_numbers_of_threads_are_flagged(write_cell: WriteCell) -> None:
    write_cell(seed=0)
    folder = write_cell(seed=1, threads=4)
    assert any("steps/s and seconds are not comparable" in note for note in tabulated(folder.parent).notes)


def test_html_escapes_names_and_sets_off_the_best(write_cell: WriteCell, outputs: Path) -> None:
    write_cell("<b>mine", bound=90.0)
    write_cell("nvil", bound=95.0)
    found = as_html(tabulated(outputs))
    assert "&lt;b&gt;mine" in found
    assert "<b>" not in found
    assert "<strong>90.00</strong>" in found
    assert "<strong>95.00" not in found


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
    assert collect(outputs).notes[0] == f"{folder.name}: metrics.jsonl was changed after the cell ended"


def test_a_note_says_when_scores_are_not_the_same_draws(outputs: Path, write_cell: WriteCell):
    for seed, draws in enumerate(([(1, 1)], [(1, 6)], [(1, 1), (2, 1)])):
        path = write_cell(seed=seed) / "meta.json"
        each = [{"device": "cpu", "threads": threads, "replicas": replicas} for threads, replicas in draws]
        path.write_text(json.dumps(json.loads(path.read_text()) | {"draws": each}))
    notes = comparison_table(compare(collect(outputs).cells)).notes
    expected = (
        "not the same noise at the same seed, since cells differ in threads: 1, 1 then 2; cells in a program: 1, 6"
    )
    assert any(expected in note for note in notes), notes


@pytest.mark.parametrize("settings", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_a_method_has_one_row_however_many_settings_it_has(write_cell: WriteCell, outputs: Path, settings: int) -> None:
    for number in range(settings):
        write_cell("nvil", bound=200.0 - number, valid=100.0 + number, **{"optimizer.lr": 0.001 * (number + 1)})
    write_cell("muprop", bound=150.0, valid=150.0)
    table = tabulated(outputs)
    assert [row[0] for row in table.rows] == ["muprop", "nvil"]
    assert scores(table)["nvil"][0].number == 200.0, "the best on validation, which is the worst on test"
    assert table.headings[2] == ("settings",)
    assert [row[2] for row in table.rows] == ["1", str(settings)]


def test_what_is_not_tuned_distinguishes_problems(write_cell: WriteCell, outputs: Path) -> None:
    for steps in (20, 40):
        write_cell("nvil", bound=100.0 - steps, **{"runner.steps": steps})
    headings = tabulated(outputs).headings
    assert [heading[2] for heading in headings if len(heading) == 4] == ["steps=20", "steps=40"]


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


def test_a_seed_of_a_part_that_is_the_cells_seed_is_no_setting(write_cell: WriteCell, outputs: Path) -> None:
    for seed in range(2):
        write_cell("nvil", seed=seed, **{"data.label_seed": seed})
    assert "over 2 common seeds" in tabulated(outputs).description
    write_cell("nvil", seed=2, **{"data.label_seed": 0})
    assert len(tabulated(outputs).headings) > 4, "another seed is another problem"


def test_latex_has_a_rule_for_each_data_set_and_names_for_an_article(
    write_cell: WriteCell, outputs: Path, tmp_path: Path
) -> None:
    for task in ("vae_bernoulli", "vae_categorical"):
        write_cell("st_gumbel_softmax", task)
        write_cell("their_own", task, data="mnist-fixed")
    cells = collect(outputs).cells
    latex = as_latex(article_table(compare(cells, label=labelled(cells))))
    assert r"\multicolumn{2}{c}{MNIST, fixed} & \multicolumn{2}{c}{5,000 MNIST digits} \\" in latex
    assert r"\cmidrule(lr){2-3}\cmidrule(lr){4-5}" in latex
    assert "ST Gumbel-Softmax" in latex
    assert r"their\_own" in latex
    rows = [line for line in latex.splitlines() if line.endswith(r"\\") and "multicolumn" not in line]
    assert {row.count("&") for row in rows} == {4}
