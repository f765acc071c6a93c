"""What tells settings apart, and conditions, in words: ``lr=0.01, temperature=0.5``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

CLASS = "._target_"
"""Ends the key of the class that is built from a section."""


def in_words(value: Any) -> str:
    """A value in full, so that different values read differently; empty for no value."""
    return "" if pd.isna(value) else str(value)


def setting_labels(cells: pd.DataFrame, place: Sequence[str], keys: Sequence[str]) -> pd.Series:
    """``"lr=0.01, temperature=0.5"`` for each cell: its values of keys that vary among cells that agree in ``place``.

    A key whose value follows from those before it is left out: ``optimizer.betas`` after ``optimizer._target_``.
    """
    labels = dict.fromkeys(cells.index, "")
    if keys:
        for _, group in cells.groupby(list(place), dropna=False):
            shown = _telling_apart(group, keys)
            names = _short(shown)
            columns = [_words(group[key], is_class=key.endswith(CLASS)) for key in shown]
            for index, *texts in zip(group.index, *columns, strict=True):
                named = zip(names, texts, strict=True)
                labels[index] = ", ".join(f"{name}={text}" for name, text in named if text)
    return pd.Series(labels, index=cells.index, dtype=object)


def _short(keys: Sequence[str]) -> list[str]:
    """Names for keys, without their sections if that leaves them different: ``lr``, or ``optimizer.lr``.

    That of a class is the name of what it is for: a ``temperature`` is a number or a schedule.
    """
    parts = [key.removesuffix(CLASS) for key in keys]
    tails = {part: part.partition(".")[2] or part for part in parts}
    return [tails[part] for part in parts] if len(set(tails.values())) == len(tails) else parts


def _words(values: pd.Series, *, is_class: bool) -> list[str]:
    """The values in words; classes by their names, with their modules only if they have the same name."""
    words = [in_words(value) for value in values]
    names = {word: word.rpartition(".")[2] for word in words}
    return [names[word] for word in words] if is_class and len(set(names.values())) == len(names) else words


def _telling_apart(cells: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """The keys that tell some cells apart which agree in the keys before."""
    found: list[str] = []
    kinds: list[tuple[int, ...]] = [()] * len(cells)
    for key in keys:
        finer = [(*kind, code) for kind, code in zip(kinds, pd.factorize(cells[key])[0].tolist(), strict=True)]
        if len(set(finer)) > len(set(kinds)):
            found.append(key)
            kinds = finer
    return found
