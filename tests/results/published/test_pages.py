"""Pages whose numbers are made from the published cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from results import published
from results.published.__main__ import main
from results.published.pages import measured, pages
from tests.results.conftest import WriteCell


@pytest.fixture
def library(write_cell: WriteCell, outputs: Path, tmp_path: Path) -> Path:
    for seed in (0, 1, 2):
        write_cell("gumbel_softmax", seed=seed, bound=105.0 + seed)
    published.publish(outputs, "mine", "make benchmark EXP=mine", tmp_path / "library")
    return tmp_path / "library"


def page(template: str, said: str = "") -> str:
    return f"before\n<!-- measured\n{template}\n-->\n{said}<!-- /measured -->\nafter\n"


def test_what_a_template_asks_for_takes_the_place_of_what_was_said(library: Path):
    template = '{{ study("mine").mean("gumbel_softmax", "vae_bernoulli") }} nats'
    assert measured(page(template, "100 nats\n"), library) == page(template, "106.00 nats\n")


def test_a_page_that_is_right_stays_as_it_is(library: Path):
    once = measured(page('{{ study("mine").standings("vae_bernoulli") }}'), library)
    assert "106.00" in once
    assert measured(once, library) == once


def test_words_outside_of_blocks_are_left_alone(library: Path):
    text = "{{ not_a_block }}\n"
    assert measured(text, library) == text


def test_a_number_that_no_cell_has_is_an_error(library: Path):
    with pytest.raises(LookupError, match="rebar has no test bound on vae_bernoulli"):
        measured(page('{{ study("mine").mean("rebar", "vae_bernoulli") }}'), library)
    with pytest.raises(published.Unknown, match="published:yours: choose one of mine"):
        measured(page('{{ study("yours").cells }}'), library)


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


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_what_readme_and_docs_say_is_what_the_published_cells_say(path: Path):
    text = path.read_text(encoding="utf-8")
    assert measured(text) == text, "python -m results.published pages writes it anew"


def test_the_pages_on_results_are_among_those_that_are_checked():
    assert Path("docs/reproduction.md") in PAGES
