"""The page of a report: its parts, and that it is one file without network or the maker's paths."""

from __future__ import annotations

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from results.__main__ import main
from results.experiment import Experiment
from results.page.cells import runs
from results.page.command import command_of
from results.page.figures import leading, page_figures
from results.page.filters import Filters
from results.page.page import status_matrix
from results.page.places import shortened
from results.page.summary import summary
from results.page.tables import page_table
from results.reading.collect import Results, collect
from results.sections.section import Section
from results.writing.tables import Table
from tests.results.conftest import WriteCell, cell_writer

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
        self.text += f"{data} "


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text())
    return reader


def cells_of(page: Path) -> list[str]:
    """What the page tells of each cell once it is opened."""
    (data,) = re.findall(r'<script type="application/json" id="cell-data">(.*?)</script>', page.read_text())
    told = json.loads(data)
    text = [
        [*map(str, values), "".join(told["again"]), *lines_in(told["lines"], [*first, *second])]
        for *values, first, second in told["cells"]
    ]
    return ["\n".join(words) for words in text]


def lines_in(lines: list[str], ends: list[int]) -> list[str]:
    return [line for first, last in zip(ends[::2], ends[1::2], strict=True) for line in lines[first : last + 1]]


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("page") / "outputs"
    with pytest.MonkeyPatch.context() as patch:
        write = cell_writer(outputs, patch)
        write("nvil", bound=100.0)
        write("muprop", bound=90.0)
        failed = write("darn", status="failed")
    reason = f"FileNotFoundError: {outputs}/data/mnist.gz: {HOSTILE}"
    meta = json.loads((failed / "meta.json").read_text())
    (failed / "meta.json").write_text(json.dumps(meta | {"reason": reason}))
    log = f'step 1\nTraceback (most recent call last):\n  File "{outputs}/x/y.py"\nValueError: it broke\n'
    (failed / "cell.log").write_text(log)
    assert main([str(outputs)]) == 0
    return outputs / "report.html"


def test_the_page_says_in_words_what_ran_what_won_what_failed_and_how_to_run_it(reported: Path):
    words = " ".join(read(reported).text.split())
    for expected in (
        "estimators 3 tasks vae_bernoulli",
        "m of the bound 100 seeds 0",
        "MuProp is best with 90.00 nats (1 seed). The next method, NVIL, is 10.00 nats worse; with one seed, this may",
        "1 failed: DARN (1/2): FileNotFoundError: .../outputs/data/mnist.gz: ",
        "python -m runners.run -m estimator=darn,muprop,nvil task=vae_bernoulli seed=0",
    ):
        assert expected in words
    assert "#summary" in read(reported).loaded


@pytest.mark.usefixtures("without_figures")
def test_the_summary_says_what_the_experiment_shows_and_which_cells_do_not_apply(write_cell: WriteCell, outputs: Path):
    write_cell("nvil")
    write_cell("arm", status="skipped")
    (outputs / "sweep.json").write_text(json.dumps({"cells": [], "note": "It shows that <all> works."}))
    assert main([str(outputs)]) == 0
    summary = " ".join(read(outputs / "report.html").text.split()).partition("Command:")[0]
    assert "It shows that <all> works." in summary
    assert "All cells are done, except for 1 with estimators that do not apply to their tasks." in summary


def test_no_path_of_the_machine_that_made_it_is_on_the_page(reported: Path):
    assert str(reported.parent) not in reported.read_text()
    assert ".../outputs/data/mnist.gz" in reported.read_text()


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ('File "/home/me/repo/runners/train.py", line 3', 'File ".../repo/runners/train.py", line 3'),
        ("/a/b", ".../a/b"),
        ("see https://arxiv.org/abs/1611.01144, 1/2 and a/b/c", "see https://arxiv.org/abs/1611.01144, 1/2 and a/b/c"),
        ("/", "/"),
    ],
)
def test_absolute_paths_are_shortened_and_addresses_are_not(text: str, short: str):
    assert shortened(text) == short


@pytest.mark.parametrize(
    ("cells", "command"),
    [
        (["a=1 b=2", "a=1 b=3"], "python -m runners.run -m a=1 b=2,3"),
        (["a=1 b=2", "a=2 b=3"], ""),
        (["experiment=x a=1 b=2 c=0", "experiment=x a=2 b=3 c=0"], "python -m runners.run experiment=x c=0"),
        (["a=1 output=/home/me hydra.verbose=1"], "python -m runners.run a=1"),
        ([], ""),
    ],
)
def test_the_command_is_one_that_makes_these_cells(tmp_path: Path, cells: list[str], command: str):
    (tmp_path / "sweep.json").write_text(json.dumps({"cells": [cell.split() for cell in cells]}))
    assert command_of(Results(tmp_path, pd.DataFrame({"folder": []}), pd.DataFrame(), ())) == command


def test_the_summary_says_what_is_more_than_noise(write_cell: WriteCell, outputs: Path):
    for seed in range(3):
        write_cell("nvil", seed=seed, bound=100.0 + seed)
        write_cell("muprop", seed=seed, bound=100.1 + seed + 0.3 * (seed % 2))
        write_cell("darn", seed=seed, bound=110.0 + seed + 0.1 * seed)
    (said,) = summary(Experiment(collect(outputs))).found
    assert said.startswith(
        "vae_bernoulli (mnist5k-dynamic), 100-sample bound: NVIL is best with 101.00 nats (3 seeds)."
    )
    assert "Not significantly different: MuProp. The next method, DARN (1/2), is 10.10 nats worse, which is" in said


def test_a_figure_has_few_colours_and_links_to_its_files(tmp_path: Path):
    (tmp_path / "figures").mkdir()
    paths = [tmp_path / "figures" / name for name in ("speed.png", "bounds_2.png", "bounds_2.pdf")]
    noise = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    for path in paths[:2]:
        Image.fromarray(noise).save(path)
    speed, bounds = page_figures(paths)
    assert bounds.files == ["figures/bounds_2.png", "figures/bounds_2.pdf"]
    assert speed.files == ["figures/speed.png"]
    assert leading([speed, bounds]) is bounds
    assert Image.open(io.BytesIO(base64.b64decode(bounds.data))).mode == "P"


def test_of_many_figures_only_the_first_are_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for path in paths:
        Image.new("L", (40, 60)).save(path)
    monkeypatch.setattr("results.page.figures.LARGEST", 2.5 * len(page_figures(paths)[0].data))
    assert [bool(figure.data) for figure in page_figures(paths)] == [True, True, False]
    assert leading(page_figures(paths)[2:]) is None
    assert [len(figure.files) for figure in page_figures(paths)] == [1, 1, 1]


def test_the_statuses_of_many_cells_are_counted(write_cell: WriteCell, outputs: Path, monkeypatch: pytest.MonkeyPatch):
    for seed in range(3):
        write_cell("rloo", seed=seed, status="failed" if seed == 1 else "done")
    write_cell("arm")
    cells = collect(outputs).cells
    column = ("vae_bernoulli", "mnist5k-dynamic")
    few = status_matrix(cells, str)["rows"]
    assert list(few) == ["arm", "rloo"]
    assert few["rloo"][column][0] == ("done", "seed 0: done, 100.00 nats", "")
    monkeypatch.setattr("results.page.page.MOST_SQUARES", 3)
    many = status_matrix(cells, str)["rows"]
    assert many["rloo"][column] == [("done", "2 done", "2"), ("failed", "1 failed", "1")]


def test_runs_are_the_ends_of_consecutive_numbers():
    assert runs([3, 4, 5, 9, 8]) == [3, 5, 9, 9, 8, 8]
    assert runs([]) == []


def test_words_that_begin_with_a_number_sort_by_it():
    frame = pd.DataFrame({"method": ["a", "b", "c"], "p": ["< 0.001", "", "0.025"], "mixed": ["1", "x", ""]})
    shown = page_table(Section("x", "X"), Table(frame), Filters((), (), {}))
    numbers = [[entry["number"] for entry in row["entries"]] for row in shown["rows"]]
    assert numbers == [[None, 0.001, None], [None, None, None], [None, 0.025, None]]


def test_the_page_has_tables_figures_cells_and_how_they_failed(reported: Path):
    page = read(reported)
    assert "2/3 done, 1 failed" in page.text
    for expected in ("Comparison", "MuProp", "90.00"):
        assert expected in page.text
    told = "\n".join(cells_of(reported))
    for expected in (
        "DARN (1/2)\nvae_bernoulli\nmnist5k-dynamic\n0\n",
        "ValueError: it broke",
        "  lr: 0.001",
        "--config-name config",
    ):
        assert expected in told
    figures = {path.name for path in (reported.parent / "figures").glob("*.png")}
    linked_only = {name for name in figures if name.startswith("curves_by_")}
    assert page.elements.count("img") == len(figures - linked_only) > 2
    assert figures == {target.removeprefix("figures/") for target in page.loaded if target.endswith(".png")}
    assert len(linked_only) == 2
    assert len(cells_of(reported)) == 3


def test_nothing_is_loaded_from_anywhere(reported: Path):
    links = ("figures/", "#")
    assert all(target.startswith(("data:image/png;base64,", *links)) for target in read(reported).loaded)
    assert all((reported.parent / each).exists() for each in read(reported).loaded if each.startswith("figures/"))
    names_no_place = reported.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"@import|url\(|fetch\(|https?://", names_no_place)


def test_what_comes_from_configurations_stays_text(reported: Path):
    page = read(reported)
    assert any(HOSTILE in cell for cell in cells_of(reported))
    assert HOSTILE not in reported.read_text()
    own_and_data = 4
    assert page.elements.count("script") == own_and_data + reported.read_text().count('class="explore"')


def test_the_same_results_give_the_same_bytes_but_for_the_date(reported: Path):
    before = reported.read_text()
    assert main([str(reported.parent)]) == 0
    dated = re.compile(r'<span id="date">.*?</span>')
    assert dated.sub("", reported.read_text()) == dated.sub("", before)
    assert len(dated.findall(before)) == 1


def test_no_script_spreads_data_over_arguments_of_which_there_is_a_limit():
    for path in Path("results/page").glob("templates/*.js"):
        assert not re.search(r"Math\.(min|max)\(\.\.\.", path.read_text()), path
