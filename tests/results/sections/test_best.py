"""Which methods the table of bounds sets off as the best."""

from __future__ import annotations

from pathlib import Path

from results.comparison import compare
from results.figures.dots import bounds
from results.reading.collect import collect
from results.writing.formats import as_markdown, as_text
from results.writing.latex import as_latex
from tests.results.conftest import WriteCell
from tests.results.sections.tabulated import scores, tabulated


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


def test_what_the_paired_interval_does_not_tell_apart_is_set_off_too(write_cell: WriteCell, outputs: Path) -> None:
    """darn is worse by 0.3 on average, sometimes better; muprop by half a nat, always: pairing tells that."""
    for seed in range(5):
        write_cell("nvil", seed=seed, bound=99.0 + seed)
        write_cell("darn", seed=seed, bound=99.3 + seed + (-1) ** seed)
        write_cell("muprop", seed=seed, bound=99.5 + seed + 0.01 * seed)
    table = tabulated(outputs)
    assert {name for name, (score,) in scores(table).items() if score.best} == {"nvil", "darn"}


def test_of_seeds_that_were_never_asked_for_nothing_is_held_against_a_method(
    write_cell: WriteCell, outputs: Path
) -> None:
    for seed in range(3):
        write_cell("nvil", seed=seed, bound=100.0 + seed)
    for seed in range(2):
        write_cell("muprop", seed=seed, bound=90.0 + seed)
    table = tabulated(outputs)
    assert {name: (score.text, score.best) for name, (score,) in scores(table).items()} == {
        "muprop": ("90.50", True),
        "nvil": ("100.50", False),
    }
    assert any("nvil on vae_bernoulli (mnist5k-dynamic): seed 2 left out" in note for note in table.notes)


def test_a_method_that_has_just_begun_is_shown_and_not_compared(write_cell: WriteCell, outputs: Path) -> None:
    for estimator in ("nvil", "darn", "rloo"):
        for seed in range(4):
            write_cell(estimator, seed=seed, bound=100.0 + seed)
    write_cell("muprop", seed=0, bound=50.0)
    write_cell("muprop", seed=1, status="running")
    table = tabulated(outputs)
    (muprop,) = scores(table)["muprop"]
    assert (muprop.text, muprop.rest, muprop.best) == ("50.00", "(1 ‡)", False)
    assert any(note.startswith("‡ not compared") for note in table.notes)


def test_a_score_that_is_not_finite_is_a_divergence(write_cell: WriteCell, outputs: Path) -> None:
    for seed in range(3):
        write_cell("nvil", seed=seed, bound=100.0 + seed)
        write_cell("muprop", seed=seed, bound=float("nan") if seed == 1 else 90.0 + seed)
    table = tabulated(outputs)
    assert {name: (score.text, score.rest, score.best) for name, (score,) in scores(table).items()} == {
        "muprop": ("91.00", "± 1.41 (2/3 †)", False),
        "nvil": ("101.00", "± 1.00", True),
    }
    assert any("seed 1: diverged (not finite: negative_elbo, negative_bound)" in note for note in table.notes)


def test_further_scores_have_a_column_in_which_the_highest_is_best(write_cell: WriteCell, outputs: Path) -> None:
    for estimator, accuracy in {"nvil": 0.75, "muprop": 0.8}.items():
        write_cell(estimator, valid=1.0, scores={"accuracy": accuracy, "valid_accuracy": 0.5})
    table = tabulated(outputs)
    assert {name: (accuracy.number, accuracy.best) for name, (_, accuracy) in scores(table).items()} == {
        "nvil": (0.75, False),
        "muprop": (0.8, True),
    }
    assert table.headings[-3] == ("vae_bernoulli", "mnist5k-dynamic", "accuracy")
    assert "**0.800**" in as_markdown(table)
    assert "other scores, higher is better" in as_text(table)


def test_a_perplexity_is_shown_and_nothing_is_best_by_it(write_cell: WriteCell, outputs: Path):
    for estimator, perplexity in (("nvil", 9.5), ("darn", 3.0)):
        for seed in (0, 1):
            scores = {"code_perplexity": perplexity + seed, "valid_code_perplexity": perplexity}
            write_cell(estimator, seed=seed, bound=100 + perplexity + seed, scores=scores)
    comparison = compare(collect(outputs).cells)
    bound, perplexity = comparison.quantities
    assert perplexity.name == "code perplexity"
    entries = {method: comparison.entry(method, perplexity) for method in ("nvil", "darn")}
    assert {method: entry.mark for method, entry in entries.items() if entry} == {"nvil": "", "darn": ""}
    assert entries["nvil"] is not None
    assert entries["nvil"].mean == 10.0
    assert comparison.standings[bound].best == "darn"
    assert len(bounds(comparison).axes) == 1, "a figure of what ranks methods has no panel for it"
