"""Our bounds compared with the published ones: Jang, Gu & Poole 2017, Table 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.reading.choices import Choice
from results.reading.labels import Label
from results.reading.order import in_order
from results.scores import Quantity
from results.sections.section import Section
from results.writing.columns import Column
from results.writing.tables import Table

ESTIMATORS: tuple[str, ...] = (
    "nvil",
    "darn",
    "muprop",
    "straight_through",
    "slope_annealed_straight_through",
    "gumbel_softmax",
    "st_gumbel_softmax",
)
"""The estimators of the paper, in the order of its columns."""

PUBLISHED = {
    "sbn_bernoulli": (72.0, 59.7, 58.9, 58.9, 58.7, 58.5, 59.3),
    "sbn_categorical": (73.1, 67.9, 63.0, 61.8, 61.1, 59.0, 59.7),
    "vae_bernoulli": (112.2, 110.9, 109.7, 116.0, 111.5, 105.0, 111.5),
    "vae_categorical": (110.6, 128.8, 107.0, 110.9, 107.8, 101.5, 107.8),
}
"""Negative log-likelihood on the test set in nats, by the 1000-sample bound, in the order of :data:`ESTIMATORS`."""

DATA, BOUND_SAMPLES = "mnist-fixed", 1000

STEPS, LEARNING_RATES, SCHEDULES = 250_000, 6, 4
"""The full protocol, ``experiment=paper``: only relaxations on a VAE have a schedule; the paper gives no steps."""

OPTIMIZER = "SGD with momentum 0.9"

TITLE = "Comparison with published numbers"


def gap_in_words(ours: float, published: float) -> str:
    """``+1.3``: by how many nats our bound is higher than the published one; ``+0.0``, never ``-0.0``."""
    return f"{round(ours - published, 1) + 0.0:+.1f}"


def section(experiment: Experiment) -> Section | None:
    ours = comparable(experiment.comparison)
    if not ours:
        return None
    return Section("published", TITLE, [published_table(ours, experiment.label)], printed=True)


class Ours(NamedTuple):
    """Our counterpart of a number in the paper."""

    choice: Choice
    bound: float

    @property
    def place(self) -> tuple[str, str]:
        return self.choice.problem.task, self.choice.method


def comparable(comparison: Comparison) -> list[Ours]:
    """The choices that the paper has a number for (its tasks, estimators, data and m), each at its longest training."""
    longest: dict[tuple[str, str], Ours] = {}
    for choice in comparison.choices:
        problem = choice.problem
        known = problem.task in PUBLISHED and choice.method in ESTIMATORS
        entry = comparison.scored(Quantity(problem)).get(choice.method)
        if not known or (problem.data, problem.bound_samples) != (DATA, BOUND_SAMPLES) or entry is None:
            continue
        ours = Ours(choice, entry.mean)
        other = longest.get(ours.place)
        if other is None or _steps(other) < _steps(ours):
            longest[ours.place] = ours
    return list(longest.values())


def published_table(ours: Sequence[Ours], label: Label = str) -> Table:
    """Three rows per task: ours, published, and the difference; the caption and the notes say what was run."""
    bound = {entry.place: entry.bound for entry in ours}
    rows = []
    for task in in_order(PUBLISHED):
        published = dict(zip(ESTIMATORS, PUBLISHED[task], strict=True))
        own = {name: bound[task, name] for name in ESTIMATORS if (task, name) in bound}
        gaps = {name: gap_in_words(value, published[name]) for name, value in own.items()}
        if own:
            rows += [
                {"task": task, "bound": "ours"} | {name: f"{value:.2f}" for name, value in own.items()},
                {"task": task, "bound": "published"} | {name: f"{value:.1f}" for name, value in published.items()},
                {"task": task, "bound": "difference"} | gaps,
            ]
    return Table(
        pd.DataFrame(rows, columns=["task", "bound", *ESTIMATORS], dtype=object),
        {name: Column(heading=(label(name),)) for name in ESTIMATORS},
        title=TITLE,
        description=(
            f"Negative {BOUND_SAMPLES}-sample bound on the test set of {DATA} in nats, lower is better, compared with "
            f"Table 1 of Jang, Gu & Poole 2017, where NVIL is called SF. Ours: mean over seeds after "
            f"{_span(map(_steps, ours))} steps, with the setting of each estimator that is best on validation; "
            f"seeds per entry: {_span(map(_seeds, ours))}."
        ),
        notes=shortfalls(ours),
    )


def shortfalls(ours: Sequence[Ours]) -> list[str]:
    """Where our runs fall short of the full protocol or differ from it; empty if they do not."""
    notes = []
    if min(map(_steps, ours)) < STEPS:
        notes.append(f"WARNING: fewer steps than the {STEPS:,} of the full protocol")
    grids = Counter(
        (entry.choice.finished, full_grid(entry.choice.method, entry.choice.problem.task)) for entry in ours
    )
    for (finished, full), count in sorted(grids.items()):
        if finished < full:
            notes.append(f"WARNING: {count} of {len(ours)} entries: {finished} of the protocol's {full} settings tried")
    others = sorted({_optimizer(entry) for entry in ours} - {OPTIMIZER})
    if others:
        notes.append(f"WARNING: trained with {' and '.join(others)} instead of {OPTIMIZER}")
    return notes


def full_grid(estimator: str, task: str) -> int:
    """The number of settings that the full protocol tries."""
    scheduled = estimator.endswith("gumbel_softmax") and task.startswith("vae")
    return LEARNING_RATES * (SCHEDULES if scheduled else 1)


def _steps(ours: Ours) -> int:
    return int(ours.choice.done["step"].min())


def _seeds(ours: Ours) -> int:
    return len(ours.choice.done)


def _span(numbers: Iterable[int]) -> str:
    """``20,000``, or ``1 to 3`` if they differ."""
    ordered = sorted(set(numbers))
    return " to ".join(f"{number:,}" for number in dict.fromkeys([ordered[0], ordered[-1]]))


def _optimizer(ours: Ours) -> str:
    """The optimizer in the first cell's configuration, in the words of :data:`OPTIMIZER`."""
    cell = ours.choice.done.iloc[0]
    momentum = cell.get("optimizer.momentum")
    name = str(cell.get("optimizer._target_")).rpartition(".")[2]
    return name if pd.isna(momentum) else f"{name} with momentum {momentum}"
