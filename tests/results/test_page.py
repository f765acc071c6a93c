from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from results.__main__ import main
from results.page.cells import cell_data
from results.page.curves import POINTS, _thinned
from results.reading.collect import Results
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


def cells_of(page: Path) -> list[str]:
    """What the page tells of each cell once it is opened."""
    (data,) = re.findall(r'<script type="application/json" id="cell-data">(.*?)</script>', page.read_text())
    told = json.loads(data)
    text = [
        [*words, *(told["lines"][number] for numbers in texts for number in numbers)]
        for *words, first, second in told["cells"]
        for texts in [(first, second)]
    ]
    return ["\n".join(words) for words in text]


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
    for expected in ("Comparison", "MuProp", "90.00"):
        assert expected in page.text
    told = "\n".join(cells_of(reported))
    for expected in (
        "vae_bernoulli, mnist5k-dynamic, seed 0",
        "ValueError: it broke",
        "  lr: 0.001",
        "--config-name config",
    ):
        assert expected in told
    assert page.elements.count("img") == len(list((reported.parent / "figures").glob("*.png"))) > 2
    assert len(cells_of(reported)) == 3


def test_nothing_is_loaded_from_anywhere(reported: Path):
    assert all(target.startswith(("data:image/png;base64,", "#")) for target in read(reported).loaded)
    names_no_place = reported.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"@import|url\(|fetch\(|https?://", names_no_place)


def test_what_comes_from_configurations_stays_text(reported: Path):
    page = read(reported)
    assert any(HOSTILE in cell for cell in cells_of(reported))
    assert HOSTILE not in reported.read_text()
    assert page.elements.count("script") == 3 + page.text.count('{"lines"'), "the page's own, and its data"


def test_the_same_results_give_the_same_bytes_but_for_the_date(reported: Path):
    before = reported.read_text()
    assert main([str(reported.parent)]) == 0
    dated = re.compile(r'<span id="date">.*?</span>')
    assert dated.sub("", reported.read_text()) == dated.sub("", before)
    assert len(dated.findall(before)) == 1


def test_the_path_of_the_page_is_the_last_line(reported: Path, capsys: pytest.CaptureFixture[str]):
    main([str(reported.parent)])
    assert capsys.readouterr().out.splitlines()[-1] == str(reported)


def test_ten_thousand_cells_are_a_page_of_some_megabytes(tmp_path: Path):
    """Their text alone would be 25: what they share is there once."""
    lines = [f"  key_{number}: {number}" for number in range(60)]
    rows = []
    for seed in range(10_000):
        folder = tmp_path / f"nvil.vae_bernoulli.mnist5k-dynamic.s{seed}.{seed:012x}"
        folder.mkdir()
        (folder / "config.yaml").write_text("\n".join([*lines, f"seed: {seed}"]))
        rows.append({"estimator": "nvil", "task": "vae", "data": "mnist", "seed": seed, "status": "done"})
        rows[-1] |= {"reason": None, "folder": folder.name}
    data = cell_data(Results(tmp_path, pd.DataFrame(rows), pd.DataFrame(), ()), str)
    assert len(data["cells"]) == 10_000
    assert len(data["lines"]) == 10_060
    assert len(json.dumps(data)) < 7_000_000


def test_curves_have_some_hundred_points_whatever_the_journals_have():
    values = pd.Series(range(100_000), index=range(0, 1_000_000, 10))
    thinned = _thinned(values)
    assert len(thinned) == POINTS
    assert [thinned.index[0], thinned.index[-1]] == [0, 999_990]


def test_no_script_spreads_data_over_arguments_of_which_there_is_a_limit():
    for path in Path("results/page").glob("templates/*.js"):
        assert not re.search(r"Math\.(min|max)\(\.\.\.", path.read_text()), path
