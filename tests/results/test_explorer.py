"""The explorer in a browser: its controls do what they say, in a wide window and in a narrow one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from results.explorer import write_explorer
from results.explorer.__main__ import main
from tests.results.browser import in_browser, needs_browser

pytestmark = needs_browser

PLAY = """
const root = document.querySelector("#explorer"), one = (selector) => root.querySelector(selector);
const columns = (name) => [...one(`[data-is=${name}]`).children];
const heights = (name) => columns(name).map((each) => parseFloat(each.firstChild.style.height));
const path = (name) => one(`tr[data-name=${name}] path`).getAttribute("d");
const rows = () => [...root.querySelectorAll("tr[data-name]:not([hidden])")].map((each) => each.dataset.name);
const change = (control, value, event) => { control.value = value; control.dispatchEvent(new Event(event)); };
const look = () => ({relaxed: heights("relaxed"), mean: heights("mean"), pi: heights("editor"), rows: rows(),
  gumbel_softmax: path("gumbel_softmax"), reinforce: path("reinforce"), exact: one("[data-is=exact]").textContent});
const seen = {first: look()};
const temperature = one("[name=temperature]");
change(temperature, -1.3, "input"); seen.cold = look();
change(temperature, 1, "input"); seen.hot = look();
change(temperature, -0.3, "input"); seen.again = look();
one("[name=resample]").click(); seen.resampled = look();
change(root.querySelectorAll(".typed input")[2], 0.5, "change"); seen.typed = look();
const bar = root.querySelectorAll(".editor .column")[0], box = bar.getBoundingClientRect();
bar.dispatchEvent(new KeyboardEvent("keydown", {key: "PageUp", bubbles: true})); seen.pressed = look();
bar.setPointerCapture = () => {};
bar.dispatchEvent(new PointerEvent("pointerdown", {clientY: box.bottom - 0.75 * box.height})); seen.dragged = look();
change(one("[name=classes]"), 10, "change"); seen.ten = look();
one("[value=bernoulli]").click(); seen.bernoulli = look();
const controls = [...root.querySelectorAll("button, input, select, [role=slider]")];
const named = (each) => each.textContent || each.closest("label")?.textContent || each.ariaLabel;
seen.nameless = controls.filter((each) => each.tabIndex < 0 || !named(each)).length;
return seen;
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_explorer(tmp_path_factory.mktemp("explorer") / "folder" / "explorer.html")


@pytest.fixture(scope="module")
def seen(page: Path) -> dict[str, Any]:
    found, console = in_browser(page, PLAY)
    assert not console
    return found


def test_the_controls_change_what_is_seen(seen: dict[str, Any]):
    assert max(seen["cold"]["relaxed"]) > 99
    assert seen["cold"]["mean"] == pytest.approx(seen["cold"]["pi"], abs=4)
    assert seen["hot"]["relaxed"] == pytest.approx([100 / 6] * 6, abs=8)
    assert seen["cold"]["gumbel_softmax"] != seen["hot"]["gumbel_softmax"]
    assert seen["cold"]["reinforce"] == seen["hot"]["reinforce"]
    assert seen["again"] == seen["first"], "the noise depends on the seed alone"
    assert seen["resampled"]["relaxed"] != seen["first"]["relaxed"]
    assert seen["resampled"]["reinforce"] != seen["first"]["reinforce"]
    assert seen["nameless"] == 0


def test_what_one_probability_gains_the_others_lose(seen: dict[str, Any]):
    before, after = seen["resampled"]["pi"], seen["typed"]["pi"]
    assert after[2] == pytest.approx(50)
    assert all(new < old for place, (new, old) in enumerate(zip(after, before, strict=True)) if place != 2)
    assert seen["pressed"]["pi"][0] == pytest.approx(after[0] + 10, abs=0.02)
    assert seen["dragged"]["pi"][0] == pytest.approx(75, abs=1)
    for step in ("typed", "pressed", "dragged", "ten", "bernoulli"):
        assert sum(seen[step]["pi"]) == pytest.approx(100, abs=0.1)


def test_classes_and_families_can_be_changed(seen: dict[str, Any]):
    assert len(seen["ten"]["relaxed"]) == 10
    assert len(seen["bernoulli"]["relaxed"]) == 2
    assert set(seen["bernoulli"]["rows"]) - set(seen["ten"]["rows"]) == {"arm", "disarm"}


NARROW = """
const frame = document.body.appendChild(Object.assign(document.createElement("iframe"), {width: 380}));
const inside = frame.contentDocument;
inside.open(); inside.write(SOURCE); inside.close();
const widths = () => [inside.documentElement.scrollWidth, inside.documentElement.clientWidth];
const categorical = widths();
inside.querySelector("[value=bernoulli]").click();
return [categorical, widths()];
"""


def test_a_narrow_window_scrolls_in_one_direction_only(page: Path):
    """In a frame, because the browser's own window is at least 500 pixels wide."""
    source = json.dumps(page.read_text()).replace("</", "<\\/")
    found, console = in_browser(page, f"const SOURCE = {source};{NARROW}")
    assert all(content <= window <= 380 for content, window in found)
    assert not console


def test_the_command_writes_the_same_bytes_and_prints_where(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "new" / "explorer.html"
    assert main([str(path)]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert path.read_bytes() == page.read_bytes()


def test_nothing_is_loaded_from_anywhere(page: Path):
    assert not any(word in page.read_text() for word in ("http:", "https:", "src=", "@import", "url("))
