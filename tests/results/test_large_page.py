"""The page of many cells and of long journals: its size, and what a browser does to open it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from results.__main__ import main
from results.figures.training_curves import thinned
from results.page.cells import cell_data
from results.page.curves import POINTS
from results.page.figures import LARGEST as LARGEST_IMAGES
from results.reading.collect import Results
from tests.results.browser import in_browser, needs_browser, processor_seconds
from tests.results.conftest import WriteCell
from tests.results.large import write_journal, write_sweep

LARGEST = 8 * 10**6
"""Promised size of a page, bytes, with the images of its figures, of which tests have blank ones."""

SECONDS = 2.0
"""Promised processor time to open a page, beyond that to open an empty one."""

SEEN = """
const all = (selector) => [...document.querySelectorAll(selector)];
await new Promise((done) => setTimeout(done, 300));
return {
  counted: document.querySelector("#cell-count").textContent, rows: all("#cell-list tbody tr").length,
  squares: all(".matrix .cell").length, numbers: all(".matrix td").map((each) => each.textContent.trim()),
  plots: all("figure.explore").length, drawn: all("figure.explore svg.shown").length,
};
"""


def opened(page: Path) -> dict[str, Any]:
    seen, console = in_browser(page, SEEN)
    assert isinstance(seen, dict), seen
    assert not console
    return seen


def beyond_empty(page: Path) -> float:
    """The processor time to open a page, less that of an empty one: the lowest of three, as other programs disturb."""
    empty = page.with_name("empty.html")
    empty.write_text("<!DOCTYPE html><html><body></body></html>")
    return min(processor_seconds(page) for _ in range(3)) - min(processor_seconds(empty) for _ in range(3))


@needs_browser
def test_a_page_draws_what_is_in_sight_and_counts_cells_of_which_there_are_many(
    outputs: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("results.page.page.MOST_SQUARES", 149)
    write_sweep(outputs, estimators=3, tasks=2, seeds=25, evaluations=2)
    assert main([str(outputs)]) == 0
    seen = opened(outputs / "report.html")
    assert seen["counted"] == "150 of 150 cells."
    assert seen["rows"] == 100
    assert seen["numbers"] == ["# 25"] * 6
    assert (seen["plots"], seen["drawn"]) == (2, 0)


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimators", "tasks", "seeds", "evaluations"),
    [pytest.param(27, 8, 10, 100, id="2160 cells"), pytest.param(40, 10, 25, 20, id="10000 cells")],
)
def test_a_page_of_many_cells_is_small_and_opens_fast(
    outputs: Path, estimators: int, tasks: int, seeds: int, evaluations: int
):
    write_sweep(outputs, estimators, tasks, seeds, evaluations)
    assert main([str(outputs)]) == 0
    page = outputs / "report.html"
    assert page.stat().st_size + LARGEST_IMAGES < LARGEST
    seen = opened(page)
    assert seen["counted"] == "{0:,} of {0:,} cells.".format(estimators * tasks * seeds)
    assert (seen["squares"], seen["plots"], seen["drawn"]) == (estimators * tasks, tasks, 0)
    assert beyond_empty(page) < SECONDS


@needs_browser
@pytest.mark.slow
def test_a_page_of_long_journals_is_small_and_opens_fast(write_cell: WriteCell, outputs: Path):
    for estimator in ("nvil", "rloo"):
        for seed in range(2):
            write_journal(write_cell(estimator, seed=seed, bound=100.0 + seed), range(10, 1_000_010, 10), 100.0 + seed)
    assert main([str(outputs)]) == 0
    page = outputs / "report.html"
    assert page.stat().st_size < 10**6
    assert opened(page)["plots"] == 1
    assert beyond_empty(page) < SECONDS


def test_a_thousand_cells_are_less_than_a_megabyte(tmp_path: Path):
    """Their text alone would be 2.5: what they share is there once."""
    lines = [f"  key_{number}: {number}" for number in range(60)]
    rows = []
    for seed in range(1_000):
        folder = tmp_path / f"nvil.vae_bernoulli.mnist5k-dynamic.s{seed}.{seed:012x}"
        folder.mkdir()
        (folder / "config.yaml").write_text("\n".join([*lines, f"seed: {seed}"]))
        rows.append({"estimator": "nvil", "task": "vae", "data": "mnist", "seed": seed, "status": "done"})
        rows[-1] |= {"setting": "", "reason": None, "folder": folder.name}
    data = cell_data(Results(tmp_path, pd.DataFrame(rows), pd.DataFrame(), ()), str)
    assert len(data["cells"]) == 1_000
    assert len(data["lines"]) == 1_060
    assert len(json.dumps(data)) < 700_000


def test_curves_have_some_hundred_points_whatever_the_journals_have():
    values = pd.DataFrame({"mean": range(100_000)}, index=range(0, 1_000_000, 10))
    shown = thinned(values, POINTS)
    assert len(shown) == POINTS
    assert [shown.index[0], shown.index[-1]] == [0, 999_990]
