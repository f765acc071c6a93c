"""Whatever is wrong with a value, of any key of any choice, is one line that names the key."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runners.cells.execution import run_cell
from runners.config import PARTS, SECTIONS
from runners.config.validation import KEYS, mistakes_in
from runners.from_python import compose

CONF = Path(__file__).parents[3] / "conf"

GROUPS = ("estimator", "task", "data", "optimizer", "runner")

CHOICES = [(group, path.stem) for group in GROUPS for path in sorted((CONF / group).glob("*.yaml"))]

HUGE = st.integers(min_value=2**63) | st.integers(max_value=-(2**63) - 1)

WRONG_EVERYWHERE = (
    HUGE
    | st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308])
    | st.dictionaries(st.sampled_from("abc"), st.integers(), max_size=2)
    | st.lists(st.dictionaries(st.just("a"), st.integers(), min_size=1), min_size=1, max_size=2)
)
"""What no key takes: numbers that nothing holds, and mappings without a class."""


@cache
def composed(group: str, option: str) -> DictConfig:
    further = {"runner": ["task=vae_bernoulli_small"], "data": ["data.path=mine.npz"] if option == "own_images" else []}
    return compose(f"{group}={option}", *further.get(group, []))


def keys_of(node: Any, path: str) -> Iterator[str]:
    """Those of values, as ``task.latent.n``."""
    for key, value in node.items():
        if OmegaConf.is_dict(value):
            yield from keys_of(value, f"{path}.{key}")
        elif not str(key).startswith("_"):
            yield f"{path}.{key}"


FAST = [
    ("estimator", "nvil"),
    ("task", "vae_categorical"),
    ("data", "mnist"),
    ("optimizer", "adam"),
    ("runner", "train"),
]
"""One choice of each group; the others are tried by the slow tests."""

EVERY = [pytest.param(*each, marks=[] if each in FAST else pytest.mark.slow, id=" ".join(each)) for each in CHOICES]


@pytest.mark.parametrize(("group", "option"), EVERY)
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_value_that_nothing_takes_is_one_line_that_names_the_key(group: str, option: str, data: st.DataObject):
    config = composed(group, option).copy()
    keys = [
        *keys_of(config[group], group),
        "seed",
        "threads",
        "device",
        "output",
        *(f"names.{part}" for part in PARTS),
        *SECTIONS,
    ]
    key, value = data.draw(st.sampled_from(keys)), data.draw(WRONG_EVERYWHERE)
    OmegaConf.update(config, key, value, merge=False)
    found = list(mistakes_in(config))
    assert found
    assert all(len(line.splitlines()) == 1 and len(line) < 1000 for line in found)
    assert any(line.startswith(key.partition(".")[0] if key.startswith("names") else key) for line in found), found


@pytest.mark.parametrize(("group", "option"), EVERY)
def test_every_choice_as_it_stands_has_no_mistake(group: str, option: str):
    assert list(mistakes_in(composed(group, option))) == []


UNKNOWN = st.from_regex(r"[a-z]{1,8}", fullmatch=True).map(lambda name: f"{name}_unknown")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(name=UNKNOWN, section=st.sampled_from(["", *SECTIONS, "task.latent", "task.reconstruction"]))
def test_a_key_that_nothing_heeds_is_one_line_that_names_it(name: str, section: str):
    config = composed("estimator", "nvil").copy()
    key = f"{section}.{name}".lstrip(".")
    OmegaConf.update(config, key, 1, force_add=True)
    (line,) = mistakes_in(config)
    assert line.startswith(f"{key}: ")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(value=ANYTHING, key=st.sampled_from([key for key in KEYS if key != "output"]))
def test_whatever_stands_in_the_place_of_a_key_nothing_is_raised_and_no_cell_is_left(value: Any, key: str):
    config = composed("estimator", "nvil").copy()
    try:
        OmegaConf.update(config, key, value, merge=False)
    except OmegaConfBaseException:  # it says so itself
        return
    with tempfile.TemporaryDirectory() as folder:
        config.output = folder
        found = list(mistakes_in(config))
        assert all(len(line.splitlines()) == 1 for line in found)
        if found:
            assert run_cell(config, [])[1].status == "failed"
            assert not list(Path(folder).glob("*/"))
