"""The comparison table: one row per method, one column per problem and score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd
from matplotlib.figure import Figure

from results.comparison import Comparison
from results.experiment import Experiment, MethodColumn
from results.figures.dots import bounds, speeds
from results.ranking import ranked
from results.reading.labels import in_article
from results.reading.statuses import DONE, counts
from results.scores import Entry, Quantity
from results.sections.comparison_notes import mixed_machines, notes_of
from results.sections.section import Section
from results.sections.untested import UNTESTED, validation_entries, validation_name
from results.writing.columns import Column
from results.writing.latex import fits
from results.writing.tables import Marked, Table, speed_in_words


def section(experiment: Experiment) -> Section | None:
    comparison, requested = experiment.comparison, experiment.options.columns
    if not comparison.methods:
        return None
    table, article = comparison_table(comparison, requested), article_table(comparison, requested)
    if not fits(article, experiment.options.width):
        article = article_table(replace(comparison, label=experiment.short_label), requested)
    figures = comparison_figures(comparison)
    return Section("table", "Comparison", [table], figures, article=article, printed=True)


def comparison_figures(comparison: Comparison) -> Iterator[tuple[str, Figure]]:
    if any(standing.best for standing in comparison.standings.values()):
        yield "bounds", bounds(comparison)
    if not mixed_machines(comparison.cells):
        yield "speed", speeds(comparison)


def tried(comparison: Comparison, method: str) -> str:
    """The number of settings tried: one number, or one for each problem in the order of the columns."""
    numbers = [choice.tried for problem in comparison.problems if (choice := comparison.choice(method, problem))]
    return str(numbers[0]) if len(set(numbers)) == 1 else " / ".join(map(str, numbers))


def steps_per_second(comparison: Comparison, method: str) -> str:
    """The median over seeds, for each task and data set in the order of the columns."""
    speeds = {}
    for problem in comparison.problems:
        cells = comparison.chosen(method, problem)
        speeds[problem.training] = cells.loc[cells["status"] == DONE, "steps_per_second"].median()
    return " / ".join(map(speed_in_words, speeds.values()))


def ended(comparison: Comparison, method: str) -> str:
    """The statuses of all cells of a method."""
    return counts(comparison.cells.loc[comparison.cells["method"] == method, "status"])


COLUMNS: Mapping[str, MethodColumn] = {"settings": tried, "speed": steps_per_second, "cells": ended}
"""The columns after the scores."""

HEADINGS = {"speed": "steps/s"}
"""Headings of the columns whose heading is not their name."""


def comparison_table(comparison: Comparison, requested: Sequence[str | MethodColumn] = ()) -> Table:
    """The table of a comparison, with any custom columns among those ``requested``."""
    tuned = any(choice.tried > 1 for choice in comparison.choices)
    further = {name: column for name, column in COLUMNS.items() if tuned or name != "settings"} | _custom(requested)
    quantities = {quantity: _heading(comparison, quantity) for quantity in comparison.quantities}
    return _table(comparison, quantities, further, [*notes_of(comparison), *comparison.notes])


def _heading(comparison: Comparison, quantity: Quantity) -> tuple[str, ...]:
    problem = quantity.problem
    name = validation_name(comparison, quantity) or quantity.name
    return (problem.task, problem.data, *([problem.conditions] if problem.conditions else []), name)


def article_table(comparison: Comparison, requested: Sequence[str | MethodColumn] = ()) -> Table:
    """The table for an article: with the labels used there, and only the requested further columns."""
    further = {name: column for name, column in COLUMNS.items() if name in requested} | _custom(requested)
    ordered = sorted(comparison.quantities, key=lambda quantity: quantity.problem.data)
    quantities = {quantity: _article_heading(comparison, quantity) for quantity in ordered}
    notes = [note for note in notes_of(comparison) if "speed" in further or not note.startswith("steps/s")]
    return _table(comparison, quantities, further, notes, above=("", ""))


def _article_heading(comparison: Comparison, quantity: Quantity) -> tuple[str, str, str]:
    problem = quantity.problem
    data = ", ".join(filter(None, (in_article(problem.data), problem.conditions)))
    m = "?" if problem.bound_samples is None else problem.bound_samples
    name = f"m = {m}" if quantity.name == problem.bound else quantity.name
    return data, in_article(problem.task), validation_name(comparison, quantity) or name


def _custom(requested: Sequence[str | MethodColumn]) -> dict[str, MethodColumn]:
    return {str(getattr(column, "__name__", column)): column for column in requested if not isinstance(column, str)}


def _table(
    comparison: Comparison,
    quantities: Mapping[Quantity, tuple[str, ...]],
    further: Mapping[str, MethodColumn],
    notes: Sequence[str],
    above: tuple[str, ...] = (),
) -> Table:
    """Methods by rank, scores under their headings, then further columns under their names, below ``above``."""
    validated = validation_entries(comparison)
    usual = usual_seeds(comparison) or _most_common(validated.values())
    words = {name: HEADINGS.get(name, name.replace("_", " ")) for name in further}
    columns = {"method": Column("string", heading=(*above, "method"))}
    columns |= {str(quantity): Column(heading=lines) for quantity, lines in quantities.items()}
    columns |= {name: Column(heading=(*above, word)) for name, word in words.items()}
    rows = [
        {"method": comparison.label(method)}
        | {
            str(quantity): score_in_words(
                validated.get((method, quantity)) or comparison.entry(method, quantity), usual
            )
            for quantity in quantities
        }
        | {name: column(comparison, method) for name, column in further.items()}
        for method in ranked(comparison)
    ]
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    return Table(frame, columns, description=_description(comparison, usual), notes=notes)


def usual_seeds(comparison: Comparison) -> int:
    """The number of seeds behind most entries; entries with another number of seeds show it."""
    return _most_common(entry for each in comparison.quantities for entry in comparison.scored(each).values())


def _most_common(entries: Iterable[Entry]) -> int:
    """The number of seeds of most entries; 0 if there are none."""
    numbers = Counter(len(entry.values) for entry in entries)
    return max(numbers, key=lambda n: (numbers[n], n), default=0)


def _description(comparison: Comparison, usual: int) -> str:
    """What the entries of this comparison are, and what their mark means."""
    tested = [quantity for quantity in comparison.quantities if quantity.problem not in comparison.untested]
    bounds = any(quantity.is_bound for quantity in tested)
    others = any(not quantity.is_bound and not quantity.describes for quantity in comparison.quantities)
    described = any(quantity.describes for quantity in comparison.quantities)
    text = "Negative m-sample bound on the test set in nats, lower is better" if bounds else "Test scores"
    text += "; other scores, higher is better" if others else ""
    text += "; perplexity of the codes (number of classes in use), neither better nor worse" if described else ""
    if not tested:
        text = ""
    elif not usual:
        text += ": no cell has one."
    elif usual > 1:
        text += f": mean ± standard deviation over {usual} common seeds, or over the number of seeds in brackets. "
        text += f"The {'best' if others else 'lowest'} mean is {{best}}, as are means that do not differ significantly "
        text += "from it (two-sided paired t-test over seeds, 5 % level, Bonferroni-corrected within each column)."
    else:
        text += ": one seed, so no difference can be tested. The best value is {best}."
    if comparison.untested:
        text += f" Columns headed validation: {UNTESTED}" if tested else f"{UNTESTED[0].upper()}{UNTESTED[1:]}"
    if any(choice.tried > 1 for choice in comparison.choices):
        text += " Each method has the setting that is best on validation; settings: the number tried."
    return text


def score_in_words(entry: Entry | None, usual: int) -> str | Marked:
    """``130.52 ± 0.41``, with the number of seeds if it is not the usual one; without a score, the cells' statuses."""
    if entry is None:
        return ""
    n = len(entry.values)
    if not n:
        return entry.statuses
    decimals = entry.quantity.decimals
    rest = [] if n < 2 else [f"± {entry.deviation:.{decimals}f}"]
    if entry.lost:
        rest.append(f"({n}/{n + entry.lost} †)")
    elif not entry.compared:
        rest.append(f"({n} ‡)")
    elif n != usual:
        rest.append(f"({n})")
    return Marked(f"{entry.mean:.{decimals}f}", " ".join(rest), entry.mean, bool(entry.mark))
