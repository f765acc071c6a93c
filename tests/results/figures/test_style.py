"""Estimators keep their looks, and can be told apart by everyone."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from results.figures.looks import FAMILIES, ON_DARK, OTHERS, WELL_KNOWN, family, look

SHIPPED = sorted(path.stem for path in Path("conf/estimator").glob("*.yaml"))
COLOURS = sorted({look(name).colour for name in WELL_KNOWN})
DARK = "#1b1b1b"

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def linear(colour: str) -> np.ndarray:
    """Linear RGB of an sRGB colour."""
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def cielab(rgb: np.ndarray) -> np.ndarray:
    ratio = TO_XYZ @ rgb.clip(0, 1) / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(colour: str, background: str) -> float:
    """Of WCAG 2."""
    light = sorted(TO_XYZ[1] @ linear(each) for each in (colour, background))
    return (light[1] + 0.05) / (light[0] + 0.05)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("page", ["white", "dark"])
def test_colours_differ_in_every_vision_on_every_page(vision: str, page: str) -> None:
    shown = COLOURS if page == "white" else [ON_DARK.get(colour, colour) for colour in COLOURS]
    seen = [cielab(np.array(VISION[vision]) @ linear(colour)) for colour in shown]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > (16 if page == "white" else 11)


def test_colours_stand_out_from_white_and_from_dark() -> None:
    assert min(contrast(colour, "#ffffff") for colour in COLOURS) > 2.2
    assert min(contrast(ON_DARK.get(colour, colour), DARK) for colour in COLOURS) > 4.5


def test_well_known_estimators_have_distinct_colours_and_markers() -> None:
    assert len({look(name).colour for name in WELL_KNOWN}) == len(WELL_KNOWN) == 9
    assert len({look(name).marker for name in WELL_KNOWN}) == 9
    assert [name for name in SHIPPED if look(name).filled] == sorted(WELL_KNOWN)


def test_no_two_estimators_share_colour_and_line_or_colour_and_mark() -> None:
    looks = [look(name) for name in SHIPPED]
    assert len({(how.colour, how.dash) for how in looks}) == len(SHIPPED)
    assert len({(how.colour, how.marker, how.filled) for how in looks}) == len(SHIPPED)


def test_families_are_those_of_the_table_of_estimators() -> None:
    table = Path("docs/estimators.md").read_text().partition("| **score function**")
    rows = re.findall(r"^\| (?:\*\*(.+?)\*\*|`(\w+)`) \|", table[1] + table[2], re.MULTILINE)
    found: dict[str, list[str]] = {}
    for heading, name in rows:
        members = found.setdefault(heading, []) if heading else list(found.values())[-1]
        members += [name] if name else []
    assert {name: set(members) for name, members in found.items()} == {k: set(v) for k, v in FAMILIES.items()}
    assert family("their_own") == OTHERS


def test_a_name_that_nobody_knows_has_a_look_that_no_shipped_estimator_has() -> None:
    looks = {look(f"estimator_{index}") for index in range(300)}
    assert len(looks) > 100
    assert looks.isdisjoint(map(look, SHIPPED))


def test_settings_of_one_estimator_have_its_colour_and_different_lines() -> None:
    looks = [look("rloo").of_setting(index) for index in range(5)]
    assert {how.colour for how in looks} == {look("rloo").colour}
    assert len({how.dash for how in looks}) == 5


def test_looks_do_not_change_between_releases() -> None:
    assert look("rebar") == ("#E69F00", "solid", "D", False)
    assert look("gumbel_softmax") == ("#0072B2", "solid", "X", True)
