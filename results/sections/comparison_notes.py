"""The notes below the comparison table."""

from __future__ import annotations

import pandas as pd

from results.comparison import Comparison
from results.reading.compute import compute_line
from results.reading.edges import at_edges
from results.reading.statuses import DONE


def notes_of(comparison: Comparison) -> list[str]:
    """What a reader must know about the entries, one note each."""
    return [
        *_symbols(comparison),
        *_left_seeds(comparison),
        *(note for choice in comparison.choices for note in choice.notes(comparison.label(choice.method))),
        *at_edges(comparison.choices, comparison.label),
        *_unfinished(comparison),
        *_order_of_speeds(comparison),
        *mixed_machines(comparison.cells),
        *_mixed_draws(comparison.cells),
        *_mixed_versions(comparison.cells),
        *filter(None, [compute_line(comparison.cells)]),
    ]


def _symbols(comparison: Comparison) -> list[str]:
    scored = [entry for quantity in comparison.quantities for entry in comparison.scored(quantity).values()]
    notes = []
    if any(entry.lost for entry in scored):
        notes.append(
            "† mean over the surviving seeds only; a method that lost a larger share of its seeds (diverged, failed, "
            "crashed, timeout) than another is never marked as best or tied"
        )
    if any(not entry.compared and not entry.lost for entry in scored):
        notes.append(
            "‡ not compared, which counts neither for nor against the method: too few seeds in common with the others"
        )
    return notes


def _left_seeds(comparison: Comparison) -> list[str]:
    """Seeds that are done but left out of the comparison, since other methods do not have them yet."""
    notes = []
    for quantity, standing in comparison.standings.items():
        for method in standing.scores:
            cells = comparison.chosen(method, quantity.problem)
            done = cells.loc[(cells["status"] == DONE) & cells[quantity.score].notna(), "seed"].dropna()
            left = sorted(int(seed) for seed in set(done) - set(standing.seeds))
            if left:
                place, seeds = quantity.problem.place, ", ".join(map(str, left))
                label = comparison.label(method)
                notes.append(f"{label} on {place}: seed {seeds} left out, since not all methods compared have it")
    return list(dict.fromkeys(notes))


def _unfinished(comparison: Comparison) -> list[str]:
    """One line for each reason why cells of a method on a problem are not done, and one for all that are missing."""
    cells = comparison.cells[comparison.cells["status"] != DONE]
    missing = cells["status"] == "missing"
    # The setting of a missing cell is in cells.csv.
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
        which = f" with {setting}" if setting else ""
        which += f", seed {', '.join(map(str, seeds))}" if seeds else ""
        count = "" if len(seeds) == len(group) else f"{len(group)} "
        notes.append(
            f"{comparison.label(str(method))} on {where}{which}: {count}{status}" + (f" ({reason})" if reason else "")
        )
    return notes


def _order_of_speeds(comparison: Comparison) -> list[str]:
    several = len({problem.training for problem in comparison.problems}) > 1
    return ["steps/s: median over seeds, in the order of the columns"] if several else []


def mixed_machines(cells: pd.DataFrame) -> list[str]:
    """Speeds are comparable only if they were measured on the same hardware with the same number of threads."""
    keys = [key for key in ("device", "processor", "threads") if key in cells and cells[key].nunique() > 1]
    values = [f"{key}: {', '.join(map(str, sorted(cells[key].dropna().unique())))}" for key in keys]
    words = "steps/s and seconds are not comparable between all cells, which differ in"
    return [f"{words} {'; '.join(values)}"] if keys else []


def _mixed_draws(cells: pd.DataFrame) -> list[str]:
    """Such scores have the same distribution, but different noise at the same seed."""
    names = {"device": "device", "threads": "threads", "replicas": "cells in a program", "cuda_graph": "CUDA graph"}
    present = {name: sorted(cells[key].dropna().astype(str).unique()) for key, name in names.items() if key in cells}
    if "compile" in cells:  # recorded only by cells with a compiled step
        begun = cells.loc[cells["device"].notna(), "compile"]
        present["compiled step"] = sorted(begun.fillna(False).astype(str).unique())
    mixed = [f"{name}: {', '.join(values)}" for name, values in present.items() if len(values) > 1]
    words = "scores have the same distribution, but not the same noise at the same seed, since cells differ in"
    return [f"{words} {'; '.join(mixed)}"] if mixed else []


def _mixed_versions(cells: pd.DataFrame) -> list[str]:
    """Scores from different versions of the code or of PyTorch may differ for that reason alone."""
    names = {"torch_version": "PyTorch", "commit": "commits"}
    present = {key: sorted(cells[key].dropna().unique()) for key in names if key in cells}
    mixed = [f"{names[key]} {', '.join(values)}" for key, values in present.items() if len(values) > 1]
    return [f"the cells were made by different versions: {'; '.join(mixed)}"] if mixed else []
