"""The leaderboard: all published methods on all problems, with bounds, steps, cost evaluations and seconds."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from results.comparison import Comparison
from results.experiment import Experiment
from results.published import load, location
from results.published.library import COMMAND
from results.reading.choices import Choice
from results.reading.methods import configuration_keys
from results.reading.order import place
from results.reading.setting_labels import in_words
from results.scores import BOUND, Entry, Quantity

INTRODUCTION = """\
---
hide: [toc]
---

# Leaderboard

Negative bounds of all published methods on the tasks of this package, on the test set in nats, lower is better, each
with the setting that is best on validation: mean over seeds with its 95 % t-interval. Evaluations are evaluations of
the cost per example, over all steps; seconds are the time of training on the machine of that study. Bold: the best
method of a task in its study, and those not significantly different from it. A bound links to its configuration and
command. Click a heading to sort.
[How to add your results](contributing-results.md).
"""

NUMBERS = ("bound", "m", "seeds", "steps", "evaluations", "seconds")

HEADINGS = ("method", "task", "bound", "data", *NUMBERS[1:], "study", "setting")
"""The most important first, which a phone shows without scrolling, and the longest last."""


class Standing(NamedTuple):
    """A row of the leaderboard: a method's entry for the bound, and the setting that it was reached with."""

    study: str
    label: str
    choice: Choice
    entry: Entry

    @property
    def anchor(self) -> str:
        problem = self.choice.problem
        parts = (self.study, self.choice.method, problem.task, problem.data, problem.conditions)
        words = "-".join(str(part) for part in parts if part)
        return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in words)

    @property
    def bound(self) -> str:
        return f"{self.entry.mean:.2f}"

    @property
    def limits(self) -> str:
        """The interval of the mean, empty for a single seed."""
        low, high = self.entry.interval.low, self.entry.interval.high
        return "" if np.isnan(low) else f"[{low:.2f}, {high:.2f}]"


def standings(studies: Sequence[str]) -> list[Standing]:
    """The rows of all studies, sorted by task and bound."""
    rows = [row for study in studies for row in _of(study, Experiment(load(study)).comparison)]

    def order(row: Standing) -> tuple[object, ...]:
        problem = row.choice.problem
        return place(problem.task), problem.data, row.entry.mean

    return sorted(rows, key=order)


def _of(study: str, comparison: Comparison) -> Iterable[Standing]:
    """The rows of a study; a task of another package may be scored in another way under the same name."""
    for choice in comparison.choices:
        entry = comparison.entry(choice.method, Quantity(choice.problem, BOUND))
        ours = choice.done["task._target_"].str.startswith("tasks.").all()
        if ours and entry is not None and len(entry.values):
            yield Standing(study, comparison.label(choice.method), choice, entry)


def leaderboard(studies: Sequence[str]) -> str:
    """The page in Markdown, with a table and details in HTML."""
    rows = standings(studies)
    kinds = {HEADINGS[0]: NAME, **dict.fromkeys(NUMBERS, ' class="number"'), "bound": ""}
    headings = "".join(
        f'<th scope="col"{kinds.get(heading, "")}><button type="button">{heading}</button></th>' for heading in HEADINGS
    )
    search = '<input type="search" id="board-filter" placeholder="part of a row">'
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
    problem, cells = row.choice.problem, row.choice.done
    steps = cells["step"].astype(float)
    bound = f'<a href="#{row.anchor}">{row.bound}</a>'
    bound = f"<strong>{bound}</strong>" if row.entry.mark else bound
    entries = [
        f"<td{NAME}>{html.escape(row.label)}</td>",
        f"<td>{html.escape(problem.task)}</td>",
        f'<td class="bound" data-number="{row.entry.mean}">{bound} <small>{row.limits}</small></td>',
        f'<td class="data">{html.escape(problem.on)}</td>',
        _number(problem.bound_samples or np.nan),
        _number(len(row.entry.values)),
        _number(steps.max()),
        _number((steps * cells["cost_evaluations"].astype(float)).median()),
        _number((steps / cells["steps_per_second"].astype(float)).median()),
        f'<td><a href="reports/{row.study}/report.html">{row.study}</a></td>',
        f"<td>{html.escape(row.choice.setting or '')}</td>",
    ]
    return f"<tr>{''.join(entries)}</tr>"


def _number(value: float) -> str:
    return "<td></td>" if np.isnan(value) else f'<td data-number="{value}">{value:,.0f}</td>'


def _details(row: Standing) -> str:
    """Configuration and commands, collapsed; browsers expand them when a link leads to them."""
    cells = row.choice.done
    cell: dict[Any, Any] = cells.iloc[0].to_dict()
    known = [(key, in_words(cell[key])) for key in configuration_keys(cells)]
    title = f"{row.label}, {row.choice.problem.place}, {row.study}: {row.bound}"
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
    return "\n".join([*lines, *(again.format(restored, folder) for folder in row.choice.done["folder"].dropna())])
