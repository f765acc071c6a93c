"""Chosen values at the edge of their grid: there may be better ones beyond it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from results.reading.choices import Choice
from results.reading.labels import Label
from results.reading.methods import TUNED, configuration_keys
from results.reading.setting_labels import in_words

WORDS = {"smallest": "smaller", "largest": "larger"}


def at_edges(choices: Sequence[Choice], label: Label = str) -> list[str]:
    """A sentence for each value chosen at an edge on a problem, with the methods that it was chosen for."""
    methods: dict[tuple[str, str, float, str], dict[str, None]] = {}
    for choice in choices:
        for key, value, edge in _edges(choice):
            methods.setdefault((choice.problem.place, key, value, edge), {})[label(choice.method)] = None
    return [
        f"on {place}, the chosen {key}={value:g} is the {edge} of its grid, and a {WORDS[edge]} one may be better: "
        f"{', '.join(labels)}"
        for (place, key, value, edge), labels in methods.items()
    ]


def _edges(choice: Choice) -> Iterator[tuple[str, float, str]]:
    """Key, chosen value and edge of every number that the settings vary and that was chosen at an edge."""
    if choice.tried < 2 or choice.setting is None:
        return
    keys = [key for key in configuration_keys(choice.cells) if key.partition(".")[0] in TUNED]
    chosen = choice.chosen.iloc[0]
    numbers = [key for key in keys if not pd.isna(_number(chosen[key]))]
    # The learning rates of each optimizer are a grid of their own.
    alike = choice.cells
    for key in keys:
        if key not in numbers and in_words(chosen[key]):
            alike = alike[[in_words(value) == in_words(chosen[key]) for value in alike[key]]]
    for key in numbers:
        tried = {value for value in map(_number, alike[key]) if not pd.isna(value)}
        value = _number(chosen[key])
        if len(tried) > 1 and value in (min(tried), max(tried)):
            yield key, value, "largest" if value == max(tried) else "smallest"


def _number(value: object) -> float:
    """The value as a number; NaN if it is not one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return float("nan")
    try:
        return float(value)
    except ValueError:
        return float("nan")
