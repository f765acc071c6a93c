"""Estimators keep their looks, and the well-known ones can be told apart by everyone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from results.figures.style import WELL_KNOWN, look

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


@pytest.mark.parametrize("vision", VISION)
def test_well_known_estimators_have_distinct_colours_in_every_vision(vision: str) -> None:
    seen = {name: cielab(np.array(VISION[vision]) @ linear(how.colour)) for name, how in WELL_KNOWN.items()}
    nearest = min(np.linalg.norm(seen[a] - seen[b]) for a, b in itertools.combinations(seen, 2))
    assert nearest > 16


def test_well_known_estimators_have_distinct_markers() -> None:
    assert len({how.marker for how in WELL_KNOWN.values()}) == len(WELL_KNOWN) == 9


def test_colours_stand_out_from_white() -> None:
    for how in WELL_KNOWN.values():
        assert 1.05 / (TO_XYZ[1] @ linear(how.colour) + 0.05) > 2.2


def test_a_name_that_nobody_knows_has_a_look_that_no_well_known_estimator_has() -> None:
    looks = {look(f"estimator_{index}") for index in range(300)}
    assert len(looks) > 100
    assert looks.isdisjoint(WELL_KNOWN.values())


def test_looks_do_not_change_between_releases() -> None:
    assert look("rebar") == ("#E69F00", "dashed", "D", False)
    assert look("gumbel_softmax") == ("#0072B2", "solid", "X", True)
