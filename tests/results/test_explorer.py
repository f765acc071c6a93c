"""The explorer in a browser: its controls do what they say, in a wide window and in a narrow one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from results.explorer import write_explorer
from results.explorer.__main__ import main
from tests.results.browser import DARK, in_browser, narrow, needs_browser, processor_seconds, script

pytestmark = needs_browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_explorer(tmp_path_factory.mktemp("explorer") / "folder" / "explorer.html")


@pytest.fixture(scope="module")
def seen(page: Path) -> dict[str, Any]:
    found, console = in_browser(page, script("contrast") + script("explorer"))
    assert isinstance(found, dict), found
    assert not console
    return found


def test_the_controls_change_what_is_seen(seen: dict[str, Any]):
    assert max(seen["cold"]["relaxed"]) > 80 > max(seen["first"]["relaxed"]) > max(seen["hot"]["relaxed"])
    assert seen["cold"]["mean"] == pytest.approx(seen["cold"]["pi"], abs=4)
    assert seen["hot"]["relaxed"] == pytest.approx([100 / 3] * 3, abs=12)
    assert seen["cold"]["hard"] == seen["hot"]["hard"]
    assert seen["again"] == seen["first"], "the noise depends on the seed alone"
    assert seen["resampled"]["relaxed"] != seen["first"]["relaxed"]
    for picture in ("cloud", "heat"):
        assert len({seen[step][picture] for step in ("first", "cold", "hot", "resampled")}) == 4


def test_one_sample_is_logits_and_noise_their_sum_argmax_and_softmax(seen: dict[str, Any]):
    numbers = seen["first"]["numbers"]
    logits, noise, total, hard, relaxed = (numbers[key] for key in ("logits", "noise", "sum", "hard", "relaxed"))
    assert [a + g for a, g in zip(logits, noise, strict=True)] == pytest.approx(total, abs=0.011)
    tau = float(seen["first"]["temperature"])
    weights = [math.exp(each / tau) for each in total]
    assert [weight / sum(weights) for weight in weights] == pytest.approx(relaxed, abs=0.02)
    assert hard == [float(each == max(total)) for each in total]


def test_the_marks_on_the_curves_follow_the_slider_and_the_numbers_too(seen: dict[str, Any]):
    assert seen["cold"]["cursor"] < seen["first"]["cursor"] < seen["hot"]["cursor"]
    assert seen["cold"]["rows"]["gumbel_softmax"] != seen["hot"]["rows"]["gumbel_softmax"]
    assert seen["cold"]["rows"]["reinforce"] == seen["hot"]["rows"]["reinforce"]
    assert seen["far"]["rows"]["reinforce"] != seen["first"]["rows"]["reinforce"]


def test_lines_are_seen_alone_and_pointed_at(seen: dict[str, Any]):
    assert seen["pointed"] == ["gumbel_softmax"] * 4
    assert seen["alone"] == ["gumbel_softmax"] * 3


def test_what_one_probability_gains_the_others_lose(seen: dict[str, Any]):
    before, after = seen["resampled"]["pi"], seen["typed"]["pi"]
    assert after[2] == pytest.approx(60)
    assert all(new < old for new, old in zip(after[:2], before[:2], strict=True))
    assert seen["pressed"]["pi"][0] == pytest.approx(after[0] + 10, abs=0.02)
    assert seen["dragged"]["pi"][0] == pytest.approx(75, abs=1)
    assert [seen[step]["changed"] for step in ("first", "typed", "back")] == [False, True, False]
    for step in ("typed", "pressed", "dragged", "six", "bit"):
        assert sum(seen[step]["pi"]) == pytest.approx(100, abs=0.1)


def test_variables_have_their_classes_and_estimators(seen: dict[str, Any]):
    assert [len(seen[step]["relaxed"]) for step in ("first", "six", "bit")] == [3, 6, 2]
    assert set(seen["bit"]["rows"]) - set(seen["six"]["rows"]) == {"arm", "disarm"}


def test_the_address_tells_what_the_reader_has_changed_and_brings_it_back(seen: dict[str, Any]):
    assert seen["unread"] == ""
    assert seen["address"].startswith("#explorer:tau=0.501&variable=three&cost=square&seed=2&pi=")
    assert seen["recalled"]["temperature"] == "2.00"
    assert seen["recalled"]["pi"] == pytest.approx([60, 40], abs=0.1)
    assert seen["recalled"]["variable"] == "bit"


def test_annealing_lowers_the_temperature_and_can_be_stopped(seen: dict[str, Any]):
    assert seen["annealing"] == ["Stop", "Anneal"]


def test_every_control_has_a_name_and_every_text_contrast(seen: dict[str, Any]):
    assert seen["nameless"] == 0
    assert not seen["faint"]


@pytest.mark.slow
def test_every_text_has_contrast_in_dark_too(page: Path):
    dark, _ = in_browser(page, script("contrast") + "return faint();", 1200, DARK)
    assert not dark


HIDDEN_IN_PRINT = """
const every = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
const rules = every.filter((rule) => rule.media?.mediaText === "print");
const hiding = rules.flatMap((rule) => [...rule.cssRules]).filter((rule) => rule.style.display === "none");
return [rules.length, hiding.filter((rule) => document.querySelector("#explorer").matches(rule.selectorText)).length];
"""


def test_the_explorer_is_printed_where_it_is_the_whole_page(page: Path):
    (rules, hiding), _ = in_browser(page, HIDDEN_IN_PRINT)
    assert rules == 1
    assert hiding == 0


WIDTHS = """
const parts = [inside.documentElement, inside.querySelector(".scroll")];
const widths = () => parts.map((each) => [each.scrollWidth, each.clientWidth]);
const three = widths();
inside.querySelector("[value=bit]").click();
return [...three, ...widths()];
"""


def test_a_phone_scrolls_in_one_direction_only_and_shows_the_whole_table(page: Path):
    found, console = narrow(page, WIDTHS)
    assert all(content <= window <= 390 for content, window in found), found
    assert not console


STEPS = 200

FRAME = 1 / 60
"""Time between two frames of a screen, seconds."""

SLIDE = """
const slider = document.querySelector("[name=temperature]"), low = Number(slider.min), high = Number(slider.max);
for (let step = 0; step < STEPS; step += 1) {
  slider.value = low + (high - low) * step / STEPS;
  slider.dispatchEvent(new Event("input"));
  document.querySelector("#explorer").getBoundingClientRect();  // the layout is part of what the reader waits for
}
"""


@pytest.mark.slow
def test_a_step_of_the_slider_takes_less_processor_time_than_there_is_between_two_frames(page: Path, tmp_path: Path):
    slid = tmp_path / "slid.html"
    script = f"<script>{SLIDE.replace('STEPS', str(STEPS))}</script></body>"
    slid.write_text(page.read_text().replace("</body>", script))
    still, moved = (min(processor_seconds(each) for _ in range(3)) for each in (page, slid))
    assert (moved - still) / STEPS < FRAME


def test_the_command_writes_the_same_bytes_and_prints_where(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "new" / "explorer.html"
    assert main([str(path)]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert path.read_bytes() == page.read_bytes()


def test_a_page_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").touch()
    assert main([str(tmp_path / "file" / "explorer.html")]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path / 'file'}: File exists\n"


def test_nothing_is_loaded_from_anywhere(page: Path):
    names_no_place = page.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not any(word in names_no_place for word in ("http:", "https:", "src=", "@import", "url(", "fetch("))
