"""Chosen values that lie at the edge of their grid: beyond it there may be better ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from results.reading.choices import Choice
from results.reading.labels import Label
from results.reading.methods import TUNED, configuration_keys, in_words

WORDS = {"smallest": "smaller", "largest": "larger"}


def at_edges(choices: Sequence[Choice], label: Label = str) -> list[str]:
    """A sentence for each value that is chosen at an edge on a problem, with the methods that it is chosen for."""
    found: dict[tuple[str, str, float, str], dict[str, None]] = {}
    for choice in choices:
        for key, value, edge in _edges(choice):
            found.setdefault((choice.problem.place, key, value, edge), {})[label(choice.method)] = None
    return [
        f"on {place}, the chosen {key}={value:g} is the {edge} of its grid, and a {WORDS[edge]} one may be better: "
        f"{', '.join(labels)}"
        for (place, key, value, edge), labels in sorted(found.items(), key=lambda item: item[0])
    ]


def _edges(choice: Choice) -> Iterator[tuple[str, float, str]]:
    """Of each number that the settings vary: its key, the chosen value, and at which edge it lies, if at one."""
    if choice.tried < 2 or choice.setting is None:
        return
    keys = [key for key in configuration_keys(choice.cells) if key.partition(".")[0] in TUNED]
    chosen = choice.chosen.iloc[0]
    numbers = [key for key in keys if not pd.isna(_number(chosen[key]))]
    # Learning rates of another optimizer are another grid.
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
    """NaN for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return float("nan")
    try:
        return float(value)
    except ValueError:
        return float("nan")
