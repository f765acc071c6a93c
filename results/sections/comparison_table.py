"""The comparison table: a row for each method, a column for each score on each problem."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import pandas as pd

from results.comparison import Comparison, Entry, Quantity
from results.reading.statuses import DONE, counts
from results.writing.labels import in_article
from results.writing.tables import NONE, Marked, Table

COLUMNS = ("settings", "speed", "cells")
"""Further columns that ``table.tex`` can have."""


def comparison_table(comparison: Comparison, notes: Iterable[str] = ()) -> Table:
    """The table of a comparison, with further notes below its own."""
    usual = usual_seeds(comparison)
    tuned = any(choice.tried > 1 for choice in comparison.choices)
    rows = []
    for method in comparison.methods:
        scores = [score_in_words(comparison.entry(method, quantity), usual) for quantity in comparison.quantities]
        further = [*([_tried(comparison, method)] if tuned else []), _speeds(comparison, method)]
        statuses = counts(comparison.cells.loc[comparison.cells["method"] == method, "status"])
        rows.append([comparison.label(method), *scores, *further, statuses])
    headings = [
        ("method",),
        *(heading(quantity) for quantity in comparison.quantities),
        *([("settings",)] if tuned else []),
        ("steps/s",),
        ("cells",),
    ]
    description = describe(comparison, usual, "is {best}")
    return Table(headings, rows, [*notes_of(comparison), *notes], description)


def heading(quantity: Quantity) -> tuple[str, ...]:
    problem = quantity.problem
    return (problem.task, problem.data, *([problem.conditions] if problem.conditions else []), quantity.name)


def article_table(comparison: Comparison, columns: Iterable[str] = ()) -> Table:
    """The same for an article: what methods are called there, and of the further columns those that are asked for."""
    usual = usual_seeds(comparison)
    chosen = [name for name in COLUMNS if name in set(columns)]
    quantities = sorted(comparison.quantities, key=lambda quantity: quantity.problem.data)
    rows = []
    for method in comparison.methods:
        further = {
            "settings": _tried(comparison, method),
            "speed": _speeds(comparison, method),
            "cells": counts(comparison.cells.loc[comparison.cells["method"] == method, "status"]),
        }
        scores = [score_in_words(comparison.entry(method, quantity), usual) for quantity in quantities]
        label = comparison.labels.get(method, in_article(method))
        rows.append([label, *scores, *(further[name] for name in chosen)])
    headings = [
        ("", "", "method"),
        *(_article_heading(quantity) for quantity in quantities),
        *(("", "", {"speed": "steps/s"}.get(name, name)) for name in chosen),
    ]
    notes = [note for note in notes_of(comparison) if "speed" in chosen or not note.startswith("steps/s")]
    return Table(headings, rows, notes, describe(comparison, usual, "is {best}"))


def _article_heading(quantity: Quantity) -> tuple[str, str, str]:
    problem = quantity.problem
    data = ", ".join(part for part in (in_article(problem.data), problem.conditions) if part)
    m = "?" if problem.bound_samples is None else problem.bound_samples
    return data, in_article(problem.task), f"m = {m}" if quantity.name == problem.bound else quantity.name


def usual_seeds(comparison: Comparison) -> int:
    """The number of seeds that most entries are over; the others say theirs."""
    entries = (comparison.entry(method, each) for method in comparison.methods for each in comparison.quantities)
    found = Counter(len(entry.values) for entry in entries if entry is not None and len(entry.values))
    return max(found, key=lambda n: (found[n], n), default=0)


def describe(comparison: Comparison, usual: int, best: str) -> str:
    """What the entries are, and what the mark says: true for this comparison, whatever is in it."""
    bounds = any(quantity.is_bound for quantity in comparison.quantities)
    others = any(not quantity.is_bound for quantity in comparison.quantities)
    what = "Negative m-sample bound on the test set in nats, lower is better" if bounds else "Test scores"
    what += "; other scores, higher is better" if others else ""
    if not usual:
        what += ": no cell has one."
    elif usual > 1:
        what += f": mean ± standard deviation over {usual} common seeds, or as many as stand in brackets. "
        what += f"The lowest mean {best}, and so is what the paired t-interval over seeds does not tell apart from it, "
        what += "at 95 % for all methods of a column together."
        what = what.replace("The lowest mean", "The best mean") if others else what
    else:
        what += f": one seed, which tells no methods apart. The best value {best}."
    tuned = any(choice.tried > 1 for choice in comparison.choices)
    return what + (
        " Each method has the setting that is best on validation; settings: how many were tried." if tuned else ""
    )


def score_in_words(entry: Entry | None, usual: int) -> str | Marked:
    """``130.52 ± 0.41``, with the number of seeds where it is not the usual one; without scores the cells' statuses."""
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


def _tried(comparison: Comparison, method: str) -> str:
    """How many settings were tried: one number, or one for each problem in the order of the columns."""
    found = [choice.tried for problem in comparison.problems if (choice := comparison.choice(method, problem))]
    return str(found[0]) if len(set(found)) == 1 else " / ".join(map(str, found))


def _speeds(comparison: Comparison, method: str) -> str:
    """The median over seeds, for each task and data set in the order of the columns."""
    found = {}
    for problem in comparison.problems:
        choice = comparison.choice(method, problem)
        cells = comparison.cells.head(0) if choice is None else choice.chosen
        found[problem.training] = cells.loc[cells["status"] == DONE, "steps_per_second"].median()
    return " / ".join(map(speed_in_words, found.values()))


def speed_in_words(steps_per_second: float) -> str:
    if math.isnan(steps_per_second):
        return NONE
    return f"{steps_per_second:.0f}" if steps_per_second >= 10 else f"{steps_per_second:.2g}"


def notes_of(comparison: Comparison) -> list[str]:
    """What a reader must know of the entries."""
    return [
        *_symbols(comparison),
        *_left_seeds(comparison),
        *(note for choice in comparison.choices for note in choice.notes(comparison.label(choice.method))),
        *_unfinished(comparison),
        *_order_of_speeds(comparison),
        *_mixed_machines(comparison.cells),
        *_mixed_draws(comparison.cells),
        *_mixed_versions(comparison.cells),
    ]


def _symbols(comparison: Comparison) -> list[str]:
    entries = [comparison.entry(method, each) for method in comparison.methods for each in comparison.quantities]
    known = [entry for entry in entries if entry is not None and len(entry.values)]
    notes = []
    if any(entry.lost for entry in known):
        notes.append(
            "† the mean of the seeds that survived: a method that lost seeds (diverged, failed, crashed, timeout) is "
            "not set off where another lost fewer"
        )
    if any(not entry.compared and not entry.lost for entry in known):
        notes.append("‡ not compared, which counts neither for nor against it: too few seeds in common with the others")
    return notes


def _left_seeds(comparison: Comparison) -> list[str]:
    """Seeds that are done and have no part in the comparison, since others do not have them yet."""
    notes = []
    for quantity, found in comparison.standings.items():
        for method in found.scores:
            choice = comparison.choice(method, quantity.problem)
            cells = comparison.cells.head(0) if choice is None else choice.chosen
            own = cells.loc[(cells["status"] == DONE) & cells[quantity.score].notna(), "seed"].dropna()
            left = sorted(int(seed) for seed in set(own) - set(found.seeds))
            if left:
                place, seeds = quantity.problem.place, ", ".join(map(str, left))
                label = comparison.label(method)
                notes.append(f"{label} on {place}: seed {seeds} left out, not common to all compared")
    return list(dict.fromkeys(notes))


def _unfinished(comparison: Comparison) -> list[str]:
    """One line for each way in which cells of a method on a problem are not done, and one for all that are missing."""
    cells = comparison.cells[comparison.cells["status"] != DONE]
    missing = cells["status"] == "missing"
    # What a missing cell was asked for with is in cells.csv.
    reasons = cells["reason"].fillna("").astype(str).str.replace(r"\n.*", "", regex=True)
    cells = cells.assign(
        reason=reasons.mask(missing, ""),
        setting=cells["setting"].mask(missing, ""),
        where=[problem.place for problem in cells["problem"]],
    )
    notes = []
    for (method, where, setting, status, reason), group in cells.groupby(
        ["method", "where", "setting", "status", "reason"]
    ):
        seeds = sorted(group["seed"].dropna().unique())
        told = f" with {setting}" if setting else ""
        told += f", seed {', '.join(map(str, seeds))}" if seeds else ""
        count = "" if len(seeds) == len(group) else f"{len(group)} "
        notes.append(
            f"{comparison.label(str(method))} on {where}{told}: {count}{status}" + (f" ({reason})" if reason else "")
        )
    return notes


def _order_of_speeds(comparison: Comparison) -> list[str]:
    several = len({problem.training for problem in comparison.problems}) > 1
    return ["steps/s: median over seeds, in the order of the columns"] if several else []


def _mixed_machines(cells: pd.DataFrame) -> list[str]:
    """Speeds can be set against each other only if they were taken alike."""
    keys = [key for key in ("device", "processor", "threads") if key in cells and cells[key].nunique() > 1]
    values = [f"{key}: {', '.join(map(str, sorted(cells[key].dropna().unique())))}" for key in keys]
    return (
        [f"steps/s cannot be compared between all cells; they ran with different {'; '.join(values)}"] if keys else []
    )


def _mixed_draws(cells: pd.DataFrame) -> list[str]:
    """Such numbers have one distribution, but seeds are not paired by their noise."""
    names = {"device": "device", "threads": "threads", "replicas": "cells in a program", "cuda_graph": "CUDA graph"}
    found = {name: sorted(cells[key].dropna().astype(str).unique()) for key, name in names.items() if key in cells}
    mixed = [f"{name}: {', '.join(values)}" for name, values in found.items() if len(values) > 1]
    return [f"the scores have the same distribution but not the same draws; they have {'; '.join(mixed)}"] * bool(mixed)


def _mixed_versions(cells: pd.DataFrame) -> list[str]:
    """Numbers from different versions of the code or of PyTorch may differ for that reason alone."""
    names = {"torch_version": "PyTorch", "commit": "commits"}
    found = {key: sorted(cells[key].dropna().unique()) for key in names if key in cells}
    mixed = [f"{names[key]} {', '.join(values)}" for key, values in found.items() if len(values) > 1]
    return [f"the cells were made by different versions: {'; '.join(mixed)}"] if mixed else []
