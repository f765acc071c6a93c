from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from results.__main__ import main
from tests.results.conftest import WriteCell

HOSTILE = "<script>alert('owned')</script>"


class Reader(HTMLParser):
    """Counts the elements of a page, and keeps what it loads and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.loaded: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.loaded += [value for name, value in attrs if name in ("src", "href") and value]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text())
    return reader


@pytest.fixture
def reported(write_cell: WriteCell, outputs: Path) -> Path:
    write_cell("nvil", bound=100.0)
    write_cell("muprop", bound=90.0)
    failed = write_cell("darn", status="failed")
    meta = json.loads((failed / "meta.json").read_text())
    (failed / "meta.json").write_text(json.dumps(meta | {"reason": f"ValueError: {HOSTILE}"}))
    (failed / "cell.log").write_text("step 1\nTraceback (most recent call last):\n  File x\nValueError: it broke\n")
    assert main([str(outputs)]) == 0
    return outputs / "report.html"


def test_the_page_has_tables_figures_cells_and_how_they_failed(reported: Path):
    page = read(reported)
    assert "2/3 done, 1 failed" in page.text
    for expected in ("Comparison", "MuProp", "90.00", "ValueError: it broke", "lr: 0.001", "--config-name config"):
        assert expected in page.text
    assert page.elements.count("img") == len(list((reported.parent / "figures").glob("*.png"))) > 2
    assert page.elements.count("details") == 3


def test_nothing_is_loaded_from_anywhere(reported: Path):
    assert all(target.startswith(("data:image/png;base64,", "#")) for target in read(reported).loaded)
    names_no_place = reported.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"@import|url\(|fetch\(|https?://", names_no_place)


def test_what_comes_from_configurations_stays_text(reported: Path):
    page = read(reported)
    assert HOSTILE in page.text
    assert HOSTILE not in reported.read_text()
    assert page.elements.count("script") == 1 + page.text.count('{"lines"'), "the page's own, and its data"


def test_the_same_results_give_the_same_bytes_but_for_the_date(reported: Path):
    before = reported.read_text()
    assert main([str(reported.parent)]) == 0
    dated = re.compile(r'<span id="date">.*?</span>')
    assert dated.sub("", reported.read_text()) == dated.sub("", before)
    assert len(dated.findall(before)) == 1


def test_the_path_of_the_page_is_the_last_line(reported: Path, capsys: pytest.CaptureFixture[str]):
    main([str(reported.parent)])
    assert capsys.readouterr().out.splitlines()[-1] == str(reported)
