"""What readers call estimators: tables, figures and pages say so; files for other programs have the names."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import pandas as pd

OTHER_OBJECTIVE = ", objective="
"""What stands between an estimator and what it minimises in the name of a method that has its own objective."""

OBJECTIVES = {"multi_sample_bound": "multi-sample"}
"""What labels call an objective."""

Label = Callable[[str], str]
"""Of the name of a method or an estimator, what readers call it."""

KNOWN = Path(__file__).with_name("labels.json")
"""The labels of the estimators that cells were run with before a record said what they are called."""


def labelled(
    cells: pd.DataFrame,
    given: Mapping[str, str] | None = None,
    fact: Literal["label", "short_label"] = "label",
) -> Label:
    """The labels of the methods of some cells.

    A label that several estimators have, as two configurations of one class do, is followed by their names.

    Args:
        cells: whose records have what their estimators' classes say.
        given: labels that are wanted in place of these, by the name of a method or of an estimator.
        fact: which one, see :class:`estimators.Estimator`.
    """
    recorded = dict(cells[["estimator", fact]].dropna().itertuples(index=False)) if fact in cells else {}
    names = map(str, cells["estimator"].dropna().unique())
    found = {name: recorded.get(name) or _known().get(name, {}).get(fact, name) for name in names}
    shared = Counter(found.values())
    known = {name: label if shared[label] == 1 else f"{label} ({name})" for name, label in found.items()}
    known |= given or {}

    def label(method: str) -> str:
        estimator, other, objective = method.partition(OTHER_OBJECTIVE)
        name = known.get(estimator, estimator)
        return known.get(method, f"{name} ({OBJECTIVES.get(objective, objective)})" if other else name)

    return label


@cache
def _known() -> dict[str, dict[str, str]]:
    return json.loads(KNOWN.read_text(encoding="utf-8"))
