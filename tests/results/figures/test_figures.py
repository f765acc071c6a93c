"""Figures of cells in any state, the same bytes each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from results.comparison import Comparison, compare
from results.experiment import Experiment
from results.figures.dots import bounds, speeds
from results.figures.draw import draw
from results.figures.looks import FAMILIES, look
from results.figures.style import COLUMN, PAGE, SMALL, figure_style
from results.figures.training_curves import training_curves
from results.reading.collect import Results, collect
from results.sections.comparison_table import comparison_figures
from results.sections.training import training_figures
from tests.results.conftest import WriteCell
from tests.results.figures.shown import GREY, cells_of, keep_images, words


def figures_of(results: Results) -> Iterator[tuple[str, Figure]]:
    experiment = Experiment(results)
    yield from comparison_figures(experiment.comparison)
    yield from training_figures(experiment)


@pytest.fixture
def two(write_cell: WriteCell, outputs: Path) -> Results:
    """A cell that diverged and one with images."""
    write_cell("darn", status="diverged")
    keep_images(write_cell("nvil"), samples=GREY)
    return collect(outputs)


TASK = "vae_bernoulli_mnist5k-dynamic"
OVERALL = ["bounds", "speed"]
CURVES = ["curves", "curves_by_seconds", "curves_by_evaluations"]


def test_every_figure_is_png_and_pdf(two: Results) -> None:
    with figure_style():
        paths = draw(figures_of(two), two.folder)
    of_task = [f"{kind}_{TASK}" for kind in (*CURVES, "samples")]
    names = {f"{name}.{suffix}" for name in [*OVERALL, *of_task] for suffix in ("png", "pdf")}
    assert {path.name for path in paths} == names
    assert {path.name for path in paths[0].parent.iterdir()} == names


def test_times_of_different_machines_are_not_compared(write_cell: WriteCell, outputs: Path) -> None:
    for task, second in (("vae_bernoulli", "Xeon"), ("vae_categorical", "EPYC")):
        for seed, processor in enumerate(("EPYC", second)):
            meta = write_cell("nvil", task=task, seed=seed) / "meta.json"
            meta.write_text(json.dumps(json.loads(meta.read_text()) | {"machine": {"processor": processor}}))
    timed = [name for name, _ in figures_of(collect(outputs)) if name == "speed" or "seconds" in name]
    assert timed == ["curves_by_seconds_vae_categorical_mnist5k-dynamic"]


@pytest.mark.usefixtures("drawn_figures")
def test_a_figure_that_is_made_and_drawn_twice_is_the_same(two: Results) -> None:
    chosen = {"bounds", f"curves_{TASK}", f"samples_{TASK}"}  # one of each kind
    contents = []
    for _ in range(2):
        with figure_style():
            paths = draw([each for each in figures_of(two) if each[0] in chosen], two.folder)
        contents.append({path: path.read_bytes() for path in paths})
    assert len(contents[0]) == 2 * len(chosen)
    assert contents[0] == contents[1]


def test_an_estimator_far_off_does_not_squeeze_the_others(found: tuple[Results, Comparison]) -> None:
    results, comparison = found
    figure = training_curves("", cells_of(comparison, "vae_bernoulli"), results.curves)
    assert figure is not None
    assert figure.axes[0].get_ylim()[1] < 130
    panel = bounds(comparison).axes[0]
    assert panel.get_xlim()[1] < 110
    assert "300.1 →" in words(panel.figure)  # type: ignore[arg-type]


def test_bounds_show_each_seed_and_the_t_interval_of_the_mean(found: tuple[Results, Comparison]) -> None:
    panel = bounds(found[1]).axes[1]
    half = 12.7062 * 0.05  # t of 97.5% with one degree of freedom; two seeds 0.1 nats apart
    (interval,) = [each for each in panel.collections if isinstance(each, LineCollection)][:1]
    assert np.asarray(interval.get_segments()[0])[:, 0] == pytest.approx([101.05 - half, 101.05 + half], abs=1e-3)
    (seeds,) = [line for line in panel.lines if line.get_markerfacecolor() == look("nvil").colour]
    assert np.asarray(seeds.get_xdata()) == pytest.approx([101.0, 101.1])
    assert interval.get_zorder() > seeds.get_zorder()


def test_methods_are_ranked_by_score_and_those_without_one_are_last(found: tuple[Results, Comparison]) -> None:
    panel = bounds(found[1]).axes[0]
    names = [label.get_text() for label in panel.get_yticklabels()]
    assert names == ["nvil", "darn", "muprop", "their_own", "reinforce", "enumeration"]


def test_numbers_on_axes_are_what_they_say(write_cell: WriteCell, outputs: Path) -> None:
    for seed in range(2):
        write_cell("nvil", seed=seed, bound=100.0001 + 1e-5 * seed)
        write_cell("darn", seed=seed, bound=100.0002 + 1e-5 * seed)
    with figure_style():
        figure = bounds(compare(collect(outputs).cells))
        figure.draw_without_rendering()
    assert figure.axes[0].xaxis.get_offset_text().get_text() == ""


@pytest.mark.usefixtures("drawn_figures")
@pytest.mark.parametrize("count", [3, pytest.param(27, marks=pytest.mark.slow)])
def test_figures_fit_a_column_or_a_page_with_letters_of_seven_points(
    write_cell: WriteCell, outputs: Path, count: int
) -> None:
    names = list(FAMILIES["score function"]) + list(FAMILIES["straight-through"]) + ["their_own", r"a$\nosuch$b"]
    names += list(FAMILIES["control variates"])
    for name in names[:count]:
        folder = write_cell(name)
        keep_images(folder, samples=GREY, reconstructions=GREY)
    with figure_style():
        for name, figure in figures_of(collect(outputs)):
            texts = [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text()]
            assert min(float(text.get_fontsize()) for text in texts) >= SMALL, name
            (path,) = draw([(name, figure)], outputs, ["png"])
            with Image.open(path) as image:
                assert image.width / 220 < (COLUMN if figure.get_figwidth() == COLUMN else PAGE) + 0.2, name


def test_rows_without_values_say_what_became_of_the_cells(found: tuple[Results, Comparison]) -> None:
    for figure in (bounds(found[1]), speeds(found[1])):
        assert "1 missing" in words(figure)
        assert "no cells" in words(figure)


def test_speeds_name_the_device(found: tuple[Results, Comparison]) -> None:
    assert speeds(found[1]).get_supxlabel() == "training speed (steps/s) on CPU, 1 thread"


def test_speeds_from_different_machines_are_not_drawn(write_cell: WriteCell, outputs: Path) -> None:
    for seed, threads in enumerate((1, 2)):
        write_cell("nvil", seed=seed, threads=threads)
    assert [name for name, _ in comparison_figures(compare(collect(outputs).cells))] == ["bounds"]
