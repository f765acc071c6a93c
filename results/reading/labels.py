"""Labels of estimators for tables, figures and pages, and of tasks and data for articles; files for other programs have
their names."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import pandas as pd

OTHER_OBJECTIVE = ", objective="
"""Separates estimator and objective in the name of a method that minimises another objective than the usual one."""

OBJECTIVES = {"multi_sample_bound": "multi-sample"}
"""Objectives as labels name them."""

Label = Callable[[str], str]
"""Gives the label of a method or an estimator, from its name."""

KNOWN = Path(__file__).with_name("labels.json")
"""Labels of the package's estimators, for those without a cell that records one."""


def labelled(
    cells: pd.DataFrame,
    given: Mapping[str, str] | None = None,
    fact: Literal["label", "short_label"] = "label",
) -> Label:
    """The labels of the methods of some cells.

    If several estimators have the same label, as two configurations of one class do, their names follow it.

    Args:
        cells: with the labels from their records.
        given: labels to use instead, by the name of a method or of an estimator.
        fact: which kind of label, see :class:`estimators.Estimator`.
    """
    recorded = dict(cells[["estimator", fact]].dropna().itertuples(index=False)) if fact in cells else {}
    names = map(str, cells["estimator"].dropna().unique())
    labels = {name: recorded.get(name) or _known(name, fact) for name in names}
    shared = Counter(labels.values())
    known = {name: label if shared[label] == 1 else f"{label} ({name})" for name, label in labels.items()}
    known |= given or {}

    def label(method: str) -> str:
        estimator, other, objective = method.partition(OTHER_OBJECTIVE)
        name = known.get(estimator) or _known(estimator, fact)
        return known.get(method, f"{name} ({OBJECTIVES.get(objective, objective)})" if other else name)

    return label


def _known(estimator: str, fact: str) -> str:
    """The label that an estimator of the package has without a record; its name if it is none of these."""
    return _of_the_package().get(estimator, {}).get(fact, estimator)


@cache
def _of_the_package() -> dict[str, dict[str, str]]:
    return json.loads(KNOWN.read_text(encoding="utf-8"))


IN_ARTICLES = {
    "vae_bernoulli": "Bern. VAE",
    "vae_categorical": "Cat. VAE",
    "vae_bernoulli_small": "Small Bern. VAE",
    "vae_categorical_small": "Small cat. VAE",
    "sbn_bernoulli": "Bern. SBN",
    "sbn_categorical": "Cat. SBN",
    "semi_supervised": "Semi-supervised",
    "mnist-fixed": "MNIST, fixed",
    "mnist-dynamic": "MNIST, dynamic",
    "mnist5k-dynamic": "5,000 MNIST digits",
    "mnist_few_labels-dynamic": "MNIST, few labels",
    "fashion_mnist-dynamic": "Fashion-MNIST",
}
"""Labels short enough for four tasks next to each other."""


def in_article(name: str) -> str:
    """The label of a task or a data set; by default its name."""
    return IN_ARTICLES.get(name, name)
