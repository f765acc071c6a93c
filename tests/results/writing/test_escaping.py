"""Whatever a name says, it is text in every format."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure

from results.figures.draw import WIDEST, file_name, keep_text
from results.writing.escaping import for_csv, for_latex, for_markdown, in_one_line
from results.writing.formats import as_html, as_markdown, as_text
from results.writing.latex import as_latex
from results.writing.tables import Table
from tests.crossing import one_in

NAMES = [
    "a\n\\input{secret}",
    "a\r\\immediate\\write18{touch owned}",
    "a\u2028%b",
    "$\\nosuch$",
    "<script>alert(1)</script>",
    "`code` **bold** [a](b) | c",
    "\x1b[2J\x07",
    "{best} {0} {name}",
    "^~#&%_\\",
    "=cmd()",
]


def table(name: str) -> Table:
    return Table(pd.DataFrame({"method": [name]}), title=name, description=f"{name} {{best}}", notes=[name])


@pytest.mark.parametrize("name", NAMES)
def test_in_latex_a_name_ends_no_comment_and_is_no_command(name: str):
    lines = as_latex(table(name)).splitlines()
    for line in lines:
        assert line.startswith("%") or not any(word in line for word in ("\\input", "\\immediate", "$\\nosuch"))
    assert len(lines) == len(as_latex(table("plain")).splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_in_markdown_a_name_is_one_cell_without_markup(name: str):
    lines = as_markdown(table(name)).splitlines()
    assert len(lines) == len(as_markdown(table("plain")).splitlines())
    for sign in "`*<":
        assert f"\\{sign}" in for_markdown(sign)
    assert "](" not in for_markdown("[a](b)")


@pytest.mark.parametrize(
    "name", ["# a", "> a", ">a", "- a", "+ a", "---", "===", "1. a", "12) a", "    a", "&lt;a", "~~a~~"]
)
def test_in_markdown_a_name_is_no_heading_list_quotation_or_entity(name: str):
    written = for_markdown(name)
    assert written != name
    assert written.replace("\\", "") == name.lstrip()


@pytest.mark.parametrize("text", ["-1.5", "1.5 nats", "a - b", "A&B", "~5", "a > b", "a [b]"])
def test_in_markdown_other_text_stays_as_it_is(text: str):
    assert for_markdown(text) == text


@pytest.mark.parametrize("name", NAMES)
def test_in_html_and_on_the_terminal_a_name_is_text(name: str):
    assert "<script>" not in as_html(table(name))
    printed = as_text(table(name))
    assert all(sign.isprintable() or sign == "\n" for sign in printed)


@pytest.mark.parametrize("name", ["=cmd()", "+1+cmd()", "-cmd", "@cmd", "\tcmd", "\r=cmd", "\n=cmd", "\uff1dcmd"])
def test_in_csv_a_name_is_no_formula(name: str):
    written = for_csv(pd.DataFrame({"method": [name, "plain", None], "score": [-1.5, 2.0, 3.0]})).to_csv(index=False)
    assert written.splitlines()[1].lstrip('"').startswith("'")
    assert ",-1.5" in written
    assert "plain,2.0" in written


def test_numbers_as_text_stay_numbers_in_csv():
    assert list(for_csv(pd.DataFrame({"a": ["-5", "+1e3", "-"]}))["a"]) == ["-5", "+1e3", "'-"]


@pytest.mark.usefixtures("drawn_figures")
@pytest.mark.parametrize("name", one_in(2, NAMES))
def test_in_a_figure_a_name_is_no_formula(name: str):
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 10], [1, 10], label=name)
    axes.set(title=name, xscale="log", xlabel=name)
    axes.set_yticks([1, 2], [name, name])
    figure.legend()
    keep_text(figure)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # characters that the font has not
        figure.savefig(io.BytesIO(), format="png")
    assert mpl.rcParams["text.parse_math"]
    numbers = [label for label in axes.get_xticklabels() if "mathdefault" in label.get_text()]
    assert numbers
    assert all(label.get_parse_math() for label in numbers)


def test_in_a_figure_a_name_has_the_room_that_there_is():
    figure = Figure()
    figure.suptitle(f"{'W' * 300}\nshort")
    keep_text(figure)
    assert figure.get_suptitle() == f"{'W' * WIDEST}…\nshort"


def test_the_name_of_a_figure_s_file_is_one_that_file_systems_accept(tmp_path: Path):
    names = [file_name("samples", "日" * 300, end) for end in "ab"]
    assert names[0] != names[1]
    for name in names:
        (tmp_path / f".{name}.{os.getpid()}.tmp.png").touch()
    assert file_name("samples", "a/b", "c=1.5") == "samples_a-b_c=1.5"


def test_one_line_is_one_line():
    assert in_one_line("a\nb\u2029c\x00") == "a b c "
    assert for_latex("a\nb") == "a b"
