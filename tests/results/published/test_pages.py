"""Pages whose numbers are made from the published cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from results import published
from results.published.__main__ import main
from results.published.pages import context, measured, pages
from tests.results.conftest import cell_writer


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three cells, published as ``mine``."""
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        write_cell = cell_writer(folder / "outputs", patch)
        for seed in (0, 1, 2):
            write_cell("gumbel_softmax", seed=seed, bound=105.0 + seed)
    published.publish(folder / "outputs", "mine", "make benchmark EXP=mine", folder / "library")
    return folder / "library"


def page(template: str, said: str = "") -> str:
    return f"before\n<!-- measured\n{template}\n-->\n{said}<!-- /measured -->\nafter\n"


def test_what_a_template_asks_for_takes_the_place_of_what_was_said(library: Path):
    template = '{{ study("mine").mean("gumbel_softmax", "vae_bernoulli") }} nats'
    assert measured(page(template, "100 nats\n"), context(library)) == page(template, "106.00 nats\n")


def test_a_page_that_is_right_stays_as_it_is(library: Path):
    once = measured(page('{{ study("mine").standings("vae_bernoulli") }}'), context(library))
    assert "106.00" in once
    assert measured(once, context(library)) == once


def test_words_outside_of_blocks_are_left_alone(library: Path):
    text = "{{ not_a_block }}\n"
    assert measured(text, context(library)) == text


def test_a_number_that_no_cell_has_is_an_error(library: Path):
    with pytest.raises(LookupError, match="rebar has no test bound on vae_bernoulli"):
        measured(page('{{ study("mine").mean("rebar", "vae_bernoulli") }}'), context(library))
    with pytest.raises(published.Unknown, match="published:yours: choose one of mine"):
        measured(page('{{ study("yours").cells }}'), context(library))


def test_the_command_writes_the_pages_of_a_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(page("{{ 1 + 1 }}"))
    (tmp_path / "README.md").write_text("no block\n")
    assert main(["pages", str(tmp_path)]) == 0
    assert (tmp_path / "docs" / "page.md").read_text() == page("{{ 1 + 1 }}", "2\n")
    assert capsys.readouterr().out.split() == [str(tmp_path / "docs" / "page.md")]
    assert main(["pages", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""


def test_a_repository_without_such_pages_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["pages", str(tmp_path / "nowhere")]) == 2
    assert "nowhere: has no pages with published numbers" in capsys.readouterr().err


PAGES = pages(Path())


@pytest.fixture(scope="module")
def shipped() -> Mapping[str, Any]:
    """The results that come with the package, which several pages use."""
    return context()


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_what_readme_and_docs_say_is_what_the_published_cells_say(path: Path, shipped: Mapping[str, Any]):
    text = path.read_text(encoding="utf-8")
    assert measured(text, shipped) == text, "python -m results.published pages writes it anew"


def test_the_pages_on_results_are_among_those_that_are_checked():
    assert Path("docs/reproduction.md") in PAGES
