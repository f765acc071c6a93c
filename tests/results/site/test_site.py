"""The static site: its pages, its navigation and its leaderboard."""

from __future__ import annotations

import html
import importlib.util
import json
import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from results.published import names
from results.reading.collect import collect
from results.site import leaderboard as board
from results.site.__main__ import by_task, configuration, main
from results.site.sources import copy_documentation, for_site, navigation
from tests.results.browser import narrow, needs_browser
from tests.results.conftest import WriteCell

README = Path("README.md").read_text(encoding="utf-8")


def test_links_within_the_documentation_stay_and_others_become_words(tmp_path: Path):
    (tmp_path / "data.md").write_text("")
    text = "[a](data.md#b) [c](../tasks/vae.py) [d](https://e.org) [f](#g) [h](../README.md)\n```\n[i](../j)\n```\n"
    expected = "[a](data.md#b) c [d](https://e.org) [f](#g) [h](index.md)\n```\n[i](../j)\n```\n"
    assert for_site(text + "<!-- k -->", tmp_path, tmp_path) == expected


def test_every_page_of_the_documentation_is_in_the_navigation_once():
    pages = [
        target
        for section in navigation(README, [])
        for each in section.values()
        if isinstance(each, list)
        for entry in each
        for target in entry.values()
    ]
    assert sorted(pages) == sorted(path.name for path in Path("docs").glob("*.md"))


def test_the_configuration_names_what_is_published(tmp_path: Path):
    assert '"reference_search": "reports/reference_search/report.html"' in configuration(Path(), tmp_path)


def test_figures_of_a_published_report_are_in_the_order_of_tasks(tmp_path: Path):
    stems = ("bounds", "curves_vae_bernoulli", "step_times_vae_bernoulli", "curves_sbn_bernoulli")
    for stem in stems:
        (tmp_path / f"{stem}.png").touch()
    assert [path.stem for path in by_task(tmp_path, ["sbn_bernoulli", "vae_bernoulli"])] == list(stems)


LONG = "<b>an estimator with a long name</b>"


@pytest.fixture
def page(write_cell: WriteCell, outputs: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for seed in range(3):
        write_cell("nvil", seed=seed, bound=100.0 + seed, steps_per_second=10.0)
        write_cell("muprop", seed=seed, bound=90.0 + seed, cost_evaluations=2)
        write_cell(LONG, seed=seed, task="sbn_bernoulli", bound=50.0)
        write_cell("rloo", seed=seed, task="elsewhere", bound=1.0, **{"task._target_": "elsewhere.Task"})
    write_cell("darn", status="failed")
    record = write_cell("vimco", valid=80.0) / "meta.json"
    meta = json.loads(record.read_text())
    del meta["scores"]["negative_bound"]  # as in a search
    record.write_text(json.dumps(meta))
    (outputs / "command.txt").write_text("make benchmark EXP=mine\n")
    monkeypatch.setattr(board, "load", lambda _: collect(outputs))
    monkeypatch.setattr(board, "location", lambda _: outputs)
    return board.leaderboard(["mine"])


def test_the_leaderboard_is_ordered_by_task_and_bound_and_has_test_scores_of_our_tasks_alone(page: str):
    rows = [re.split(r"(?:<[^>]+>)+", row)[1:-1] for row in re.findall(r"<tr><td.*?</tr>", page)]
    assert [row[0] for row in rows] == ["MuProp", "NVIL", html.escape(LONG)]
    bound, _, limits, _, m, seeds, steps, evaluations, seconds, study = rows[0][2:]
    assert (bound, limits, m, seeds) == ("91.00", "[88.52, 93.48]", "100", "3")
    assert (steps, evaluations, seconds, study) == ("20", "40", "0", "mine")
    assert rows[1][-4:] == ["20", "20", "2", "mine"]


def test_each_bound_leads_to_its_configuration_and_commands(page: str):
    anchors = re.findall(r'href="#([^"]+)"', page)
    assert len(anchors) == 3
    assert sorted(anchors) == sorted(re.findall(r'<pre id="([^"]+)"', page))
    assert page.count("make benchmark EXP=mine") == 3
    assert "python -m results.published restore mine outputs/mine" in page
    assert "optimizer.lr: 0.001" in page


def test_names_stay_text(page: str):
    assert LONG not in page
    assert html.escape(LONG) in page


def test_without_mkdocs_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert main([]) == 2
    assert "pip install -e '.[site]'" in capsys.readouterr().err


@pytest.mark.slow
def test_the_site_is_built_without_a_link_that_leads_nowhere(tmp_path: Path):
    pytest.importorskip("mkdocs", reason="needs the optional dependencies `site`")
    assert main([str(tmp_path)]) == 0
    pages = list((tmp_path / "html").rglob("*.html"))
    assert {"index.html", "leaderboard.html", "explorer.html", "report.html"} <= {page.name for page in pages}
    loaded = re.compile(r'(?:src|<link[^>]+href)="https?:')
    assert [page.name for page in pages if loaded.search(page.read_text(encoding="utf-8"))] == []


def write_few_pages(repository: Path, pages: Path, board: str) -> None:
    """The documentation and a leaderboard, with empty pages in the place of explorer and reports."""
    copy_documentation(repository, pages)
    (pages / "leaderboard.md").write_text(board)
    for path in ("explorer.html", *(f"reports/{name}/report.html" for name in names())):
        (pages / path).parent.mkdir(parents=True, exist_ok=True)
        (pages / path).write_text("")
    shutil.copytree(Path("results/site/assets"), pages / "assets")
    (pages / "assets" / "tables.js").write_text("")


@pytest.mark.slow
def test_a_link_that_leads_nowhere_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("mkdocs", reason="needs the optional dependencies `site`")
    broken = partial(write_few_pages, board="[x](glossary.md#nowhere)\n")
    monkeypatch.setattr("results.site.__main__.write_pages", broken)
    assert main([str(tmp_path)]) == 1


ON_A_PHONE = """
if (inside.readyState !== "complete") await new Promise((done) => frame.addEventListener("load", done, {once: true}));
const bound = inside.querySelector("#board tbody .bound"), columns = [];
const beyond = bound && bound.getBoundingClientRect().right - bound.closest(".board").getBoundingClientRect().right;
for (const table of inside.querySelectorAll("article table")) {
  let scroll = table.parentElement;
  while (inside.defaultView.getComputedStyle(scroll).overflowX !== "auto") scroll = scroll.parentElement;
  scroll.scrollLeft = 10000;
  const {left, right} = table.querySelector("tbody tr").firstElementChild.getBoundingClientRect();
  const box = scroll.getBoundingClientRect();
  columns.push([scroll.scrollLeft, left - box.left, right - box.left]);
}
return [inside.documentElement.scrollWidth, inside.documentElement.clientWidth, columns, beyond];
"""


@needs_browser
@pytest.mark.slow
def test_a_phone_shows_bounds_and_the_first_column_of_tables_and_scrolls_no_page_sideways(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("mkdocs", reason="needs the optional dependencies `site`")
    monkeypatch.setattr("results.site.__main__.write_pages", partial(write_few_pages, board=page))
    assert main([str(tmp_path)]) == 0
    for name in ("leaderboard", "index", "performance", "estimators"):
        (content, window, columns, beyond), _ = narrow(tmp_path / "html" / f"{name}.html", ON_A_PHONE)
        assert content <= window <= 390, name
        assert max(scrolled for scrolled, _, _ in columns) > 50, name
        assert all(-1 < left < right < 250 for _, left, right in columns), name
        assert (beyond is not None) == (name == "leaderboard")
        assert (beyond or 0) <= 0
