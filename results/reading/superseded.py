"""The cells that count among several with one configuration: those of the newest version, and one per seed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import pandas as pd

from results.reading.methods import configuration_keys, configured
from results.reading.setting_labels import in_words
from results.reading.statuses import DONE, SUPERSEDED

VERSIONS = ["estimator_version", "task_version"]
"""Columns with the ``version`` of a class, which is raised when its numbers change."""

FACTS = ["estimator", "task", "data", "seed", "status", "negative_bound", "finished", "folder", *VERSIONS]
"""The columns by which it is decided which cells count."""


def current(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Sets the status "superseded" for outdated cells, and for all but one cell with the same configuration and seed.

    A cell is outdated if a cell of the same configuration, with any seed, has a newer version of the estimator's or
    the task's class. A version that was not recorded counts as older, but only if some seed has cells of both kinds. Of
    several cells with one seed the one that is done counts, then the one with a test score, then the one that ended
    last.

    Returns:
        The cells, and a sentence for each configuration with superseded cells.
    """
    known = cells[configured(cells) & cells["seed"].notna()]
    keys = configuration_keys(cells)
    place = known[["estimator", "task", "data", "bound_samples", *keys]].map(in_words)
    facts = known.reindex(columns=FACTS)  # few columns, so that groups are taken quickly
    facts["version"] = list(map(_version, *(facts[name] for name in VERSIONS)))
    left_out: list[Hashable] = []
    notes: list[str] = []
    for indices in place.groupby(list(place), sort=False).groups.values():
        group = facts.loc[list(indices)]
        if group["version"].nunique() > 1 or not group["seed"].is_unique:
            old = list(_older(group))
            again = list(_repeated(group.drop(index=old)))
            left_out += [*old, *again]
            notes += _sentences(group.loc[old], "superseded by cells of a newer version of the code")
            notes += _sentences(group.loc[again], "left out, since another cell has their configuration and seed")
    return cells.assign(status=cells["status"].where(~cells.index.isin(left_out), SUPERSEDED)), notes


def _version(*numbers: Any) -> tuple[int, ...]:
    return tuple(-1 if pd.isna(number) else int(number) for number in numbers)


def _older(group: pd.DataFrame) -> Iterator[Hashable]:
    """The cells of all versions but the newest; those without a version only if they share a seed with the newest."""
    versions = group["version"]
    newest = max(versions)
    unknown = tuple(-1 for _ in VERSIONS)
    seeds = set(group.loc[versions == newest, "seed"])
    for index, version in versions.items():
        if version != newest and (version != unknown or group.loc[versions == unknown, "seed"].isin(seeds).any()):
            yield index


def _repeated(group: pd.DataFrame) -> Iterator[Hashable]:
    for _, cells in group.groupby("seed"):
        if len(cells) > 1:
            order = sorted(cells.index, key=lambda index: _weight(cells.loc[index]))
            yield from order[:-1]


def _weight(cell: pd.Series) -> tuple[Any, ...]:
    return (
        cell["status"] == DONE,
        pd.notna(cell["negative_bound"]),
        in_words(cell["finished"]),
        in_words(cell["folder"]),
    )


def _sentences(cells: pd.DataFrame, why: str) -> list[str]:
    return [
        f"{estimator} on {task} ({data}), seed {', '.join(str(seed) for seed in sorted(of_place['seed']))}: {why}"
        for (estimator, task, data), of_place in cells.groupby(["estimator", "task", "data"], dropna=False)
    ]
