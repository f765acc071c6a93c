"""Tables for an article: they fit into its text, and say what is in which column."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
from matplotlib.ft2font import FT2Font

from results.experiment import Experiment, Options
from results.reading.collect import Results, collect
from results.sections import comparison_table
from results.sections.comparison_table import article_table
from results.writing.latex import SEPARATION, TEXT_WIDTH, as_latex
from results.writing.tables import Marked, Table
from tests.results.conftest import WriteCell, cell_writer

SMALL, SCRIPT = 9.0, 7.0


def width_of(text: str, size: float) -> float:
    """Of words in Computer Modern, points; mathematical signs are as wide as they are in it, 0.78 em."""
    signs = len(re.findall(r"\$[^$]*\$", text))
    font = FT2Font(Path(matplotlib.get_data_path(), "fonts", "ttf", "cmr10.ttf"))
    font.set_size(size, 72)
    font.set_text(re.sub(r"\$[^$]*\$|\\textbf|[{}\\]", "", text).replace("--", "-"), 0)
    return font.get_width_height()[0] / 64 + 0.78 * size * signs


def entry_width(entry: str) -> float:
    start, _, rest = entry.partition(r"\,{\scriptsize ")
    bold = 1.15 if "textbf" in start else 1.0
    return bold * width_of(start, SMALL) + (width_of(rest, SCRIPT) + 1.5 if rest else 0)


def tabular_widths(latex: str) -> list[float]:
    """The width of each tabular, from the entries that stand in one column alone."""
    found = []
    for tabular in re.findall(r"\\toprule\n(.*?)\\bottomrule", latex, flags=re.DOTALL):
        lines = [line for line in tabular.splitlines() if line.endswith(r"\\") and "multicolumn" not in line]
        columns = zip(*(line.removesuffix(r" \\").split(" & ") for line in lines), strict=True)
        found.append(sum(max(map(entry_width, column)) + 2 * SEPARATION for column in columns))
    return found


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Five estimators on four tasks, as in the paper."""
    outputs = tmp_path_factory.mktemp("paper")
    with pytest.MonkeyPatch.context() as patch:
        _write(cell_writer(outputs, patch))
    return collect(outputs)


def _write(write_cell: WriteCell) -> None:
    for task in ("sbn_bernoulli", "sbn_categorical", "vae_bernoulli", "vae_categorical"):
        for index, name in enumerate(("nvil", "darn", "muprop", "slope_annealed_straight_through", "gumbel_softmax")):
            for seed in range(2):
                write_cell(name, task, seed, bound=100.5 + index + seed, data="mnist-fixed")


def test_four_tasks_fit_into_the_text_of_an_article(paper: Results):
    latex = as_latex(article_table(Experiment(paper).comparison))
    (width,) = tabular_widths(latex)
    assert width <= TEXT_WIDTH
    assert r"\multicolumn{4}{c}{MNIST, fixed}" in latex
    assert r"\cmidrule(lr){2-5}" in latex


@pytest.mark.parametrize("room", [200.0, 237.0, 300.0])
def test_what_does_not_fit_continues_below(paper: Results, room: float):
    table = article_table(Experiment(paper).comparison, ["settings", "speed", "cells"])
    widths = tabular_widths(as_latex(table, room))
    assert len(widths) > 1
    assert max(widths) <= room


def test_methods_have_short_labels_where_the_long_ones_do_not_fit(paper: Results):
    for width, name in ((TEXT_WIDTH, "Slope-annealed ST"), (300.0, "SAST")):
        section = comparison_table.section(Experiment(paper, Options(width=width)))
        assert section is not None
        assert section.article is not None
        assert f"{name} &" in as_latex(section.article, width)


def test_special_characters_are_escaped():
    latex = as_latex(Table(pd.DataFrame({"method": ["50 % of a_b & c ~"], "share": [Marked("1", "± 2 (1/2 †)")]})))
    assert r"50 \% of a\_b \& c \textasciitilde{}" in latex
    assert r"1\,{\scriptsize $\pm$ 2 (1/2 $\dagger$)}" in latex
