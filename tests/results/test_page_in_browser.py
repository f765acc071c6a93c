"""The page in a browser: a script that is added to a copy of it does what a reader would do, and tells what it sees."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from results.__main__ import main
from tests.results.conftest import WriteCell

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, which .ci/run installs")


@pytest.fixture
def page(write_cell: WriteCell, outputs: Path) -> Path:
    for estimator, bound in {"nvil": 100.0, "muprop": 9.0, "darn": 95.5, "rebar": 1000.0}.items():
        for seed in range(2):
            write_cell(estimator, seed=seed, bound=bound + seed)
    hostile = write_cell("reinforce", status="failed")
    meta = json.loads((hostile / "meta.json").read_text())
    names = meta["names"] | {"estimator": HOSTILE}
    (hostile / "meta.json").write_text(json.dumps(meta | {"names": names, "reason": HOSTILE}))
    assert main([str(outputs)]) == 0
    return outputs / "report.html"


def in_browser(page: Path, script: str, width: int = 1200) -> tuple[Any, list[str]]:
    """What ``script`` returns at the end of the page, and what the console has said."""
    body = f"const result = (() => {{ {script} }})();"
    body += "const out = document.createElement('pre'); out.id = 'result';"
    body += "out.textContent = JSON.stringify(result); document.body.append(out);"
    copy = page.with_name("copy.html")
    copy.write_text(page.read_text().replace("</body>", f"<script>{body}</script></body>"))
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900"]
    command += ["--enable-logging=stderr", f"--user-data-dir={page.parent / 'browser'}", "--dump-dom", copy.as_uri()]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    (found,) = re.findall(r'<pre id="result">(.*?)</pre>', ended.stdout, re.DOTALL)
    return json.loads(html.unescape(found)), [line for line in ended.stderr.splitlines() if "CONSOLE" in line]


ORDER = """
const table = document.querySelector("#data-1");
const heading = table.tHead.rows[0].cells[COLUMN].querySelector("button");
const names = () => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent);
heading.click(); const up = names();
heading.click(); const down = names();
return {up, down, sorted: table.tHead.rows[0].cells[COLUMN].getAttribute("aria-sort")};
"""


def test_a_heading_sorts_numbers_by_value_and_words_by_the_alphabet(page: Path):
    by_bound, console = in_browser(page, ORDER.replace("COLUMN", "1"))
    assert by_bound["up"][:4] == ["MuProp", "DARN (1/2)", "NVIL", "REBAR"]
    assert by_bound["down"][-4:] == ["REBAR", "NVIL", "DARN (1/2)", "MuProp"]
    assert by_bound["sorted"] == "descending"
    assert not console
    by_name, _ = in_browser(page, ORDER.replace("COLUMN", "0"))
    assert by_name["up"] == sorted(by_name["up"])


def test_typing_filters_the_rows_of_a_table(page: Path):
    script = """
    const input = document.querySelector("input[data-filters=data-1]");
    const visible = () => [...document.querySelectorAll("#data-1 tbody tr")].filter((row) => !row.hidden).length;
    const seen = [visible()];
    for (const text of ["NVIL", "nothing", ""]) {
      input.value = text; input.dispatchEvent(new Event("input")); seen.push(visible());
    }
    return seen;
    """
    assert in_browser(page, script)[0] == [5, 1, 0, 5]


def test_a_hostile_name_stays_text(page: Path):
    script = "return {title: document.title, images: document.querySelectorAll('img[onerror]').length, "
    script += "shown: document.body.textContent.includes('onerror')};"
    assert in_browser(page, script)[0] == {"title": "outputs: gumbel-bench", "images": 0, "shown": True}


@pytest.mark.parametrize("width", [400, 1200])
def test_nothing_but_tables_is_wider_than_the_window(page: Path, width: int):
    script = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth];"
    (content, window), console = in_browser(page, script, width)
    assert content <= window
    assert not console


def test_every_control_can_be_reached_with_the_keyboard_and_has_a_name(page: Path):
    script = """
    const controls = [...document.querySelectorAll("button, input, summary, a")];
    return controls.filter((each) => each.tabIndex < 0 || !(each.textContent || each.closest("label")?.textContent));
    """
    assert in_browser(page, script)[0] == []


EXPLORE = """
const figure = document.querySelector("figure.explore"), svg = figure.querySelector("svg");
const curves = () => [...svg.querySelectorAll("polyline")].map((line) => line.getAttribute("points"));
const box = svg.getBoundingClientRect();
const hover = (share) => {
  svg.dispatchEvent(new PointerEvent("pointermove", {clientX: box.left + share * box.width, clientY: box.top + 5}));
  return figure.querySelector("output").textContent;
};
"""


@pytest.fixture
def page_with_curves(write_cell: WriteCell, outputs: Path) -> Path:
    for estimator, level in {"nvil": 200.0, "muprop": 150.0}.items():
        for seed in range(2):
            folder = write_cell(estimator, seed=seed, cost_evaluations={"nvil": 1, "muprop": 20}[estimator])
            steps = [10, 20, 30]
            scores = [{"step": step, "valid_negative_elbo": level - step + seed} for step in steps]
            times = [{"step": step, "seconds": step**2 / 100} for step in steps]
            (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in scores))
            (folder / "timings.jsonl").write_text("".join(json.dumps(line) + "\n" for line in times))
    assert main([str(outputs)]) == 0
    return outputs / "report.html"


def test_hovering_over_the_curves_reads_the_mean_over_seeds(page_with_curves: Path):
    (first, last), console = in_browser(page_with_curves, EXPLORE + "return [hover(0.3), hover(0.99)];")
    assert first == "MuProp 140.50 (step 10)   NVIL 190.50 (step 10)"
    assert last == "MuProp 120.50 (step 30)   NVIL 170.50 (step 30)"
    assert not console


def test_a_name_hides_its_line_and_shows_it_again(page_with_curves: Path):
    script = (
        EXPLORE
        + """
    const button = figure.querySelector("button[data-name=NVIL]"), seen = [curves().length];
    button.click(); seen.push(curves().length, hover(0.99));
    button.click(); seen.push(curves().length);
    return seen;
    """
    )
    assert in_browser(page_with_curves, script)[0] == [2, 1, "MuProp 120.50 (step 30)", 2]


def test_curves_can_be_drawn_against_seconds(page_with_curves: Path):
    script = (
        EXPLORE
        + """
    const before = curves(), select = figure.querySelector("select");
    select.value = "seconds"; select.dispatchEvent(new Event("change"));
    const x = curves()[0].split(" ").map((point) => Number(point.split(",")[0]));
    return [before[0] !== curves()[0], (x[1] - x[0]) / (x[2] - x[1])];
    """
    )
    changed, ratio = in_browser(page_with_curves, script)[0]
    assert changed
    assert ratio == pytest.approx((4 - 1) / (9 - 4), abs=0.01)


def test_lines_of_very_different_length_have_a_logarithmic_axis(page_with_curves: Path):
    """Of 1 and 20 evaluations a step, at steps 10, 20 and 30: equal ratios are equal distances."""
    script = (
        EXPLORE
        + """
    const select = figure.querySelector("select");
    select.value = "evaluations"; select.dispatchEvent(new Event("change"));
    return curves().map((line) => line.split(" ").map((point) => Number(point.split(",")[0])));
    """
    )
    (muprop, nvil), console = in_browser(page_with_curves, script)
    assert not console
    assert muprop[1] - muprop[0] == pytest.approx(nvil[1] - nvil[0], abs=0.2)
    assert nvil[0] == 62.0, "the left end"
