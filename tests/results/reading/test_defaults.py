"""Cells from before an option existed stand with later ones that have its default."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from results.reading.collect import collect
from results.reading.defaults import with_defaults
from tests.results.conftest import WriteCell

VAE, TOY = {"task._target_": "tasks.VAE"}, {"task._target_": "tasks.Toy"}


def filled(*cells: tuple[dict[str, Any], list[str]]) -> list[dict[str, Any]]:
    rows = [dict(row) for row, _ in cells]
    with_defaults(rows, [keys for _, keys in cells])
    return rows


def test_a_cell_without_an_option_gets_the_default_that_others_of_its_class_record():
    old, new = filled((VAE, []), (VAE | {"task.weights": "glorot"}, ["task.weights"]))
    assert old == new == VAE | {"task.weights": "glorot"}


def test_an_option_that_is_a_section_in_a_cell_is_not_given_the_default_too():
    constant = (VAE | {"task.weights": 1.0}, ["task.weights"])
    scheduled, _ = filled((VAE | {"task.weights.start": 1.0}, []), constant)
    assert scheduled == VAE | {"task.weights.start": 1.0}


def test_a_value_that_is_no_default_is_not_given_to_others():
    old, _ = filled((VAE, []), (VAE | {"task.weights": "torch"}, []))
    assert old == VAE


def test_cells_of_another_class_or_with_a_value_keep_what_they_have():
    new = (VAE | {"task.weights": "glorot"}, ["task.weights"])
    other, null, another = filled((TOY, []), (VAE | {"task.weights": None}, []), ({}, []), new)[:3]
    assert (other, null, another) == (TOY, VAE | {"task.weights": None}, {})


def test_cells_from_before_and_after_an_option_are_compared(write_cell: WriteCell, outputs: Path):
    write_cell(seed=0)
    later = write_cell(seed=1, **{"task.weights": "glorot"})
    record = json.loads((later / "meta.json").read_text())
    (later / "meta.json").write_text(json.dumps(record | {"defaults": ["task.weights"]}))
    assert list(collect(outputs).cells["conditions"].unique()) == [""]
