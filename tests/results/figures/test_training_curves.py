"""Curves of cells in any state, with the names of their methods, and images in the same order."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from results.comparison import Comparison, compare
from results.experiment import Experiment, Options
from results.figures.looks import FAMILIES, look
from results.figures.style import GREY as GREY_LINE
from results.figures.style import figure_style
from results.figures.training_curves import training_curves
from results.reading.collect import Results, collect
from results.sections.training import training_figures
from tests.results.conftest import WriteCell
from tests.results.figures.shown import GREY, cells_of, keep_images, words

TASK = "vae_bernoulli_mnist5k-dynamic"


def test_curves_are_means_over_the_seeds_that_are_done(found: tuple[Results, Comparison]) -> None:
    results, comparison = found
    figure = training_curves("", cells_of(comparison, "vae_categorical"), results.curves)
    assert figure is not None
    colour = look("nvil").colour
    line = next(line for line in figure.axes[0].lines if line.get_color() == colour)
    assert np.asarray(line.get_ydata()) == pytest.approx([101.05 + 100 / step for step in (5, 10, 15, 20)])


def test_curves_name_estimators_at_the_lines_and_those_that_have_none(found: tuple[Results, Comparison]) -> None:
    results, comparison = found
    figure = training_curves("", cells_of(comparison, "vae_bernoulli"), results.curves)
    assert figure is not None
    shown = words(figure)
    assert "their_own" in shown
    assert "reinforce ↑ 305" in shown
    assert "no curve: enumeration (0/1 done, 1 missing)" in shown
    assert "an unfinished seed" in shown


def test_a_score_that_falls_stays_in_the_frame(write_cell: WriteCell, outputs: Path) -> None:
    for name, values in {"nvil": (9.0, 9.5), "darn": (9.5, 6.0)}.items():
        lines = [{"step": step, "valid_code_perplexity": value} for step, value in zip((10, 20), values, strict=True)]
        (write_cell(name) / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    results = collect(outputs)
    cells = compare(results.cells).cells
    figure = training_curves("", cells, results.curves, metric="valid_code_perplexity")
    assert figure is not None
    low, high = figure.axes[0].get_ylim()
    assert low < 6.0 < 9.5 < high


@pytest.mark.parametrize(("values", "top"), [((500, 120, 110, 100), 200), ((160, 120, 110, 100), 180)])
def test_a_steep_beginning_does_not_hide_the_rest(
    write_cell: WriteCell, outputs: Path, values: tuple[int, ...], top: int
) -> None:
    lines = [{"step": step, "valid_negative_elbo": value} for step, value in zip((3, 10, 20, 30), values, strict=True)]
    (write_cell() / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    results = collect(outputs)
    figure = training_curves("", compare(results.cells).cells, results.curves)
    assert figure is not None
    low, high = figure.axes[0].get_ylim()
    assert low < 100
    assert min(values[0], 140) < high < top


def test_no_value_after_the_beginning_is_outside_the_frame(write_cell: WriteCell, outputs: Path) -> None:
    values = {10: 0.8, 20: 0.7, 30: 0.75}
    lines = [{"step": step, "valid_accuracy": value} for step, value in values.items()]
    (write_cell() / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    results = collect(outputs)
    figure = training_curves("", compare(results.cells).cells, results.curves, metric="valid_accuracy")
    assert figure is not None
    low, high = figure.axes[0].get_ylim()
    assert low < 0.7 < 0.8 < high


def test_without_validation_there_is_no_figure_of_curves(found: tuple[Results, Comparison]) -> None:
    results, comparison = found
    assert training_curves("", comparison.cells, results.curves.head(0)) is None


def test_many_methods_have_a_panel_for_each_family_before_the_others_in_grey(
    write_cell: WriteCell, outputs: Path
) -> None:
    for name in [*FAMILIES["score function"], *FAMILIES["relaxations"]]:
        write_cell(name)
    results = collect(outputs)
    figure = training_curves("", compare(results.cells).cells, results.curves)
    assert figure is not None
    panels = {axes.get_title(loc="left") or axes.get_title(): axes for axes in figure.axes}
    assert list(panels) == ["score function", "relaxations"]
    greys = {name: sum(line.get_color() == GREY_LINE for line in axes.lines) for name, axes in panels.items()}
    assert greys == {"score function": 4, "relaxations": 9}


def test_names_beside_a_panel_end_before_the_next_one(write_cell: WriteCell, outputs: Path) -> None:
    long = {name: f"{name} that is a long name" for name in FAMILIES["score function"]}
    for name in [*long, *FAMILIES["relaxations"]]:
        write_cell(name)
    with figure_style():
        drawn = dict(training_figures(Experiment(collect(outputs), Options(labels=long))))
        figure = drawn[f"curves_{TASK}"]
        figure.draw_without_rendering()
    left, right = figure.axes[:2]
    names = [text.get_window_extent() for text in left.texts]
    assert len(names) == len(long)
    assert max(name.x1 for name in names) < min(tick.get_window_extent().x0 for tick in right.get_yticklabels())


def test_images_are_in_the_order_of_scores(write_cell: WriteCell, outputs: Path) -> None:
    for name, bound in {"darn": 110.0, "nvil": 100.0, "rloo": 105.0}.items():
        keep_images(write_cell(name, bound=bound), samples=GREY)
    figure = dict(training_figures(Experiment(collect(outputs))))[f"samples_{TASK}"]
    assert [axes.get_ylabel() for axes in figure.axes] == ["NVIL", "RLOO", "DARN (1/2)"]


def test_a_leader_to_a_name_is_no_line_of_the_data(found: tuple[Results, Comparison]) -> None:
    results, comparison = found
    figure = training_curves("", cells_of(comparison, "vae_bernoulli"), results.curves)
    assert figure is not None
    outside = [line for line in figure.axes[0].lines if line.get_transform() == figure.axes[0].transAxes]
    assert outside
    assert min(float(np.min(np.asarray(line.get_xdata()))) for line in outside) >= 1


def test_curves_against_seconds_and_evaluations_have_the_same_heights_elsewhere(
    write_cell: WriteCell, outputs: Path
) -> None:
    for seed in range(2):
        write_cell("nvil", seed=seed, steps_per_second=10.0, cost_evaluations=3)
    results = collect(outputs)
    cells = compare(results.cells).cells
    lines = {}
    for along in ("steps", "seconds", "evaluations"):
        figure = training_curves("", cells, results.curves, along)
        assert figure is not None
        lines[along] = figure.axes[0].lines[0]
    steps = np.array([5, 10, 15, 20])
    for along, expected in {"steps": steps, "seconds": steps / 10, "evaluations": 3 * steps}.items():
        assert np.asarray(lines[along].get_xdata()) == pytest.approx(expected)
        assert np.array_equal(lines[along].get_ydata(), lines["steps"].get_ydata())


@pytest.mark.parametrize("times", [12, 90, 1_000, 10**6])
def test_numbers_along_logarithmic_axes_do_not_overlap(write_cell: WriteCell, outputs: Path, times: int) -> None:
    write_cell("nvil", cost_evaluations=1_000)
    write_cell("darn", cost_evaluations=1_000 * times)
    results = collect(outputs)
    with figure_style():
        figure = training_curves("", compare(results.cells).cells, results.curves, "evaluations")
        assert figure is not None
        (axes,) = figure.axes
        figure.draw_without_rendering()
        labels = [*axes.get_xticklabels(), *axes.get_xticklabels(minor=True)]
        boxes = [label.get_window_extent() for label in labels if label.get_text()]
    seen = sorted((box.x0, box.x1) for box in boxes if axes.bbox.x0 <= box.x0 + box.width / 2 <= axes.bbox.x1)
    assert axes.get_xscale() == "log"
    assert len(seen) >= 2
    assert all(right < left for (_, right), (left, _) in pairwise(seen))


def test_methods_whose_evaluations_are_not_known_are_named_beside_the_curves(
    write_cell: WriteCell, outputs: Path
) -> None:
    write_cell("nvil")
    write_cell("darn", cost_evaluations=None)
    results = collect(outputs)
    figure = training_curves("", compare(results.cells).cells, results.curves, "evaluations")
    assert figure is not None
    assert "no curve: darn" in words(figure)
