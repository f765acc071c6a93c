"""The page of a report in a browser, as a reader with a mouse, a keyboard, a phone or a dark screen has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from results.__main__ import main
from tests.results.browser import DARK, in_browser, narrow, needs_browser, script
from tests.results.conftest import WriteCell, cell_writer

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"

BODY = "return [getComputedStyle(document.body).backgroundColor, faint()];"

BEYOND = """
const beyond = (entry) => entry.scrollWidth > entry.clientWidth;
return [...document.querySelectorAll("table.data td")].filter(beyond).map((entry) => entry.textContent);
"""

pytestmark = needs_browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("page") / "outputs"
    write_cells(outputs)
    assert main([str(outputs)]) == 0
    return outputs / "report.html"


def write_cells(outputs: Path) -> None:
    """Two tasks and three families, with curves that are known; a failed cell has a hostile name."""
    levels = {"nvil": 200.0, "muprop": 150.0, "darn": 170.0}
    with pytest.MonkeyPatch.context() as patch:
        write = cell_writer(outputs, patch)
        for estimator, bound in {"nvil": 100.0, "muprop": 9.0, "darn": 95.5}.items():
            settings: dict[str, Any] = {"cost_evaluations": {"nvil": 1, "muprop": 20, "darn": 1}[estimator]}
            for seed in range(2):
                write(estimator, "vae_categorical", seed=seed, bound=bound + seed, **settings)
                folder = write(estimator, seed=seed, bound=bound + seed, **settings)
                _write_curves(folder, levels[estimator] + seed)
        (write("rebar", seed=0, bound=1000.0) / "metrics.jsonl").write_text("")
        hostile = write("reinforce", status="failed")
    meta = json.loads((hostile / "meta.json").read_text())
    names = meta["names"] | {"estimator": HOSTILE}
    (hostile / "meta.json").write_text(json.dumps(meta | {"names": names, "reason": HOSTILE}))


def _write_curves(folder: Path, level: float) -> None:
    steps = [10, 20, 30]
    scores = [{"step": step, "valid_negative_elbo": level - step} for step in steps]
    times = [{"step": step, "seconds": step**2 / 100} for step in steps]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in scores))
    (folder / "timings.jsonl").write_text("".join(json.dumps(line) + "\n" for line in times))


@pytest.fixture(scope="module")
def seen(page: Path) -> dict[str, Any]:
    found, console = in_browser(page, script("contrast") + script("page"))
    assert isinstance(found, dict), found
    assert not console
    return found


def test_a_heading_sorts_numbers_by_value_with_blanks_last_and_words_by_the_alphabet(seen: dict[str, Any]):
    up, down, names = (seen["sorted"][key] for key in ("up", "down", "names"))
    assert up == [["MuProp", "DARN (1/2)", "NVIL", "REBAR", HOSTILE], "ascending"]
    assert down == [["REBAR", "NVIL", "DARN (1/2)", "MuProp", HOSTILE], "descending"]
    assert names[0] == [HOSTILE, "DARN (1/2)", "MuProp", "NVIL", "REBAR"]


def test_a_text_filters_tables_curves_and_cells(seen: dict[str, Any]):
    assert seen["typed"] == [5, 1, 0, 5]
    nvil, categorical, all_again = seen["text"]
    assert (nvil["cells"], nvil["rows"], nvil["lines"]) == (4, 1, 1)
    assert (categorical["cells"], categorical["rows"]) == (6, 0)
    assert all_again == seen["filtered"]["none"]


def test_one_choice_of_task_or_family_filters_tables_curves_and_cells(seen: dict[str, Any]):
    none, task, back, family = (seen["filtered"][key] for key in ("none", "task", "back", "family"))
    assert none == back == {"cells": 14, "rows": 5, "columns": none["columns"], "figures": 2, "lines": 3}
    assert task["cells"] == 6
    assert task["figures"] == 1
    assert task["columns"] == none["columns"] - 1
    assert (family["cells"], family["rows"], family["lines"]) == (4, 1, 1)
    assert seen["families"] == ["all", "score function", "control variates", "straight-through", "others"]


def test_a_cell_opens_and_cells_sort_by_score_with_blanks_last(seen: dict[str, Any]):
    opened, command, configuration = seen["cell"]
    assert opened == "true"
    assert command.startswith('python -m runners.run --config-path "$PWD"/outputs/')
    assert "lr: 0.001" in configuration
    assert seen["up"][0] == "9.00"
    assert seen["down"][0] == "1000.00"
    assert seen["up"][-1] == seen["down"][-1] == ""


def test_pointing_at_a_line_highlights_it_and_reads_all_lines(seen: dict[str, Any]):
    pointed, read, first = seen["hover"]
    assert pointed == ["NVIL"]
    assert [line.partition(" [")[0] for line in read] == ["MuProp 140.50", "DARN (1/2) 160.50", "NVIL 190.50"]
    assert read[0].endswith("[140.00, 141.00]")
    assert first == "Step 10"


def test_pressing_lines_and_names_shows_them_alone(seen: dict[str, Any]):
    assert seen["alone"] == ["NVIL"]
    assert sorted(seen["together"]) == ["DARN (1/2)", "MuProp", "NVIL"]
    assert seen["named"] == ["MuProp"]
    assert sorted(seen["two"]) == ["MuProp", "NVIL"]


def test_the_keyboard_reads_values_and_shows_a_line_alone(seen: dict[str, Any]):
    assert len(seen["escaped"]) == 3
    assert seen["end"][0].startswith("MuProp 120.50")
    assert seen["left"][0].startswith("MuProp 130.50")
    assert seen["pointed"] == seen["entered"] == ["DARN (1/2)"]


def test_curves_can_be_drawn_against_seconds_and_over_very_different_lengths(seen: dict[str, Any]):
    assert seen["seconds"][0] == pytest.approx((4 - 1) / (9 - 4), abs=0.01)
    (_, muprop), (_, nvil) = seen["evaluations"]
    assert muprop == pytest.approx(nvil, abs=0.2), "equal ratios are equal distances"


def test_every_control_has_a_name_and_hostile_names_stay_text(seen: dict[str, Any]):
    assert seen["nameless"] == 0
    assert seen["hostile"] == ["outputs: gumbel-bench", 0, True]


def test_nothing_is_loaded_and_nothing_is_wider_than_the_window(seen: dict[str, Any]):
    assert seen["loaded"] == 0
    assert seen["wide"][0] <= seen["wide"][1]


def test_a_link_to_a_section_shows_its_heading_below_the_filters(seen: dict[str, Any]):
    assert 0 <= seen["under"] < 60


@pytest.mark.usefixtures("without_figures")
def test_long_settings_stay_within_their_column(write_cell: WriteCell, outputs: Path):
    for decay in ("exponential_decay", "polynomial_decay"):
        write_cell("nvil", **{"estimator.temperature._target_": f"estimators.schedules.{decay}"})
    assert main([str(outputs)]) == 0
    page = outputs / "report.html"
    assert "<td>temperature=exponential_decay" in page.read_text()
    beyond, _ = in_browser(page, BEYOND, 800)
    assert beyond == []


def test_every_text_has_contrast(seen: dict[str, Any]):
    assert not seen["faint"]


@pytest.mark.slow
def test_every_text_has_contrast_in_dark_too(page: Path):
    dark, _ = in_browser(page, script("contrast") + BODY, 1200, DARK)
    assert dark == ["rgb(22, 22, 22)", []]


def test_on_a_phone_tables_scroll_within_and_keep_the_names_of_methods_in_sight(page: Path):
    (content, window, scrolled, (left, right)), _ = narrow(page, script("phone"))
    assert content <= window <= 390
    assert scrolled > 0
    assert left == pytest.approx(0, abs=1)
    assert 40 < right < 200
