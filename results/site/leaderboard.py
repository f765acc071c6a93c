"""The leaderboard: all published methods on all problems, with bounds, steps, cost evaluations and seconds."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from results.comparison import BOUND, Comparison, Entry, Quantity
from results.experiment import Experiment
from results.published import load, location
from results.published.library import COMMAND
from results.reading.choices import Choice
from results.reading.methods import configuration_keys, in_words
from results.reading.order import place
from results.reading.statuses import DONE

INTRODUCTION = """\
---
hide: [toc]
---

# Leaderboard

Negative bounds of all published methods in nats, lower is better, each with the setting that is best on validation:
mean over seeds with its 95 % t-interval. Evaluations are evaluations of the cost per example, over all steps; seconds
are the time of training on the machine of that study. Bold: the best method of a task in its study, and those not
significantly different from it. If a study has no test scores, the bound is the lowest one on validation, which is
biased downwards. A bound links to its configuration and command. Click a heading to sort.
[How to add your results](contributing-results.md).
"""

NUMBERS = ("bound", "m", "seeds", "steps", "evaluations", "seconds")

HEADINGS = ("method", "task", "bound", "of", "data", *NUMBERS[1:], "study", "setting")
"""The most important first, which a phone shows without scrolling, and the longest last."""


class Standing(NamedTuple):
    """A row of the leaderboard.

    Attributes:
        study: name of the published results.
        label: label of the method.
        choice: its chosen setting.
        bound: negative bound, nats, with its interval as text in ``limits``.
        test: whether it is the bound on the test set.
        best: whether it is highlighted.
        cells: the cells of the chosen setting.
    """

    study: str
    label: str
    choice: Choice
    bound: float
    limits: str
    test: bool
    best: bool
    cells: pd.DataFrame

    @property
    def anchor(self) -> str:
        problem = self.choice.problem
        parts = (self.study, self.choice.method, problem.task, problem.data, problem.conditions)
        words = "-".join(str(part) for part in parts if part)
        return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in words)


def standings(studies: Sequence[str]) -> list[Standing]:
    """The rows of all studies, sorted by task and bound."""
    rows = [row for study in studies for row in _of(study, Experiment(load(study)).comparison)]

    def order(row: Standing) -> tuple[object, ...]:
        problem = row.choice.problem
        return place(problem.task), problem.data, not row.test, row.bound

    return sorted(rows, key=order)


def _of(study: str, comparison: Comparison) -> Iterable[Standing]:
    for choice in comparison.choices:
        cells = choice.chosen[choice.chosen["status"] == DONE]
        entry = comparison.entry(choice.method, Quantity(choice.problem, BOUND))
        bound = _bound(choice, entry)
        if bound is not None and len(cells):
            yield Standing(study, comparison.label(choice.method), choice, *bound, cells)


def _bound(choice: Choice, entry: Entry | None) -> tuple[float, str, bool, bool] | None:
    """Bound, limits, whether on the test set, and whether highlighted; None if there is no bound."""
    if entry is not None and len(entry.values):
        low, high = entry.interval.low, entry.interval.high
        return entry.mean, "" if np.isnan(low) else f"[{low:.2f}, {high:.2f}]", True, bool(entry.mark)
    value = choice.validation.get(choice.setting or "", np.nan)
    return None if np.isnan(value) else (value, "", False, False)


def leaderboard(studies: Sequence[str]) -> str:
    """The page in Markdown, with a table and details in HTML."""
    rows = standings(studies)
    kinds = {HEADINGS[0]: NAME, **dict.fromkeys(NUMBERS, ' class="number"')}
    headings = "".join(
        f'<th scope="col"{kinds.get(heading, "")}><button type="button">{heading}</button></th>' for heading in HEADINGS
    )
    search = '<input type="search" data-filters="board" placeholder="part of a row">'
    parts = [
        INTRODUCTION,
        f'<label class="filter">Filter{search}</label>',
        '<div class="board" tabindex="0">\n<table class="data" id="board">',
        f"<thead><tr>{headings}</tr></thead>\n<tbody>",
        *map(_row, rows),
        "</tbody></table>\n</div>\n\n## Configurations\n",
        *(f"{_details(row)}\n" for row in rows),
    ]
    return "\n".join(parts)


NAME = ' class="name"'
"""Attribute of the column that remains visible when the table is scrolled."""


def _row(row: Standing) -> str:
    problem, cells = row.choice.problem, row.cells
    steps = cells["step"].astype(float)
    bound = f'<a href="#{row.anchor}">{row.bound:.2f}</a>'
    bound = f"<strong>{bound}</strong>" if row.best else bound
    entries = [
        f"<td{NAME}>{html.escape(row.label)}</td>",
        f"<td>{html.escape(problem.task)}</td>",
        f'<td data-number="{row.bound}">{bound} <small>{row.limits}</small></td>',
        f"<td>{'test' if row.test else 'validation'}</td>",
        f"<td>{html.escape(', '.join(filter(None, (problem.data, problem.conditions))))}</td>",
        _number(_samples(row)),
        _number(len(cells)),
        _number(steps.max()),
        _number((steps * cells["cost_evaluations"].astype(float)).median()),
        _number((steps / cells["steps_per_second"].astype(float)).median()),
        f'<td><a href="reports/{row.study}/report.html">{row.study}</a></td>',
        f"<td>{html.escape(row.choice.setting or '')}</td>",
    ]
    return f"<tr>{''.join(entries)}</tr>"


def _samples(row: Standing) -> float:
    column = "bound_samples" if row.test else "valid_samples"
    return float(row.cells[column].dropna().max()) if column in row.cells else np.nan


def _number(value: float) -> str:
    return "<td></td>" if np.isnan(value) else f'<td data-number="{value}">{value:,.0f}</td>'


def _details(row: Standing) -> str:
    """Configuration and commands, collapsed; browsers expand them when a link leads to them."""
    cell: dict[Any, Any] = row.cells.iloc[0].to_dict()
    known = [(key, in_words(cell[key])) for key in configuration_keys(row.cells)]
    title = f"{row.label}, {row.choice.problem.place}, {row.study}: {row.bound:.2f}"
    configuration = "\n".join(f"{key}: {value}" for key, value in known if value)
    return (
        f"<details><summary>{html.escape(title)}</summary>\n"
        f'<pre id="{row.anchor}"><code>{html.escape(_commands(row))}</code></pre>\n'
        f"<pre><code>{html.escape(configuration)}</code></pre>\n</details>"
    )


def _commands(row: Standing) -> str:
    restored = f"outputs/{row.study}"
    again = 'python -m runners.run --config-path "$PWD"/{}/{} --config-name config output=outputs/again'
    lines = ["# the whole study", (location(row.study) / COMMAND).read_text(encoding="utf-8").strip()]
    lines += ["# these cells alone", f"python -m results.published restore {row.study} {restored}"]
    return "\n".join([*lines, *(again.format(restored, folder) for folder in row.cells["folder"].dropna())])
