"""What is made of a folder's cells, by the runner that made them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from results.collect import Results
from results.comparison import compare
from results.duplicates import without_duplicates
from results.figures import comparison_figures, draw
from results.formats import as_text, write_table
from results.gradient_figures import gradient_figures, toy_figures
from results.gradients import WITHIN, as_markdown, gradients, write_gradients
from results.published import comparable, published_table, write_published
from results.scaling import as_markdown as scaling_as_markdown
from results.scaling import scaling, write_scaling
from results.scaling_figures import scaling_figures
from results.selection import Choice, chosen_only, select, selection_table, write_selection
from results.significance import write_statistics
from results.table import tabulate

PROBE, TOY, SCALING = "runners.probe.probe", "runners.toy.toy", "runners.scaling.scaling"

READABLE = 30
"""Methods that a figure has room for; if there are more, it shows each estimator with its chosen setting."""


def write_report(results: Results) -> list[Path]:
    """Writes and prints the tables, draws the figures; returns the files."""
    kinds = set(results.cells["runner._target_"].dropna()) if "runner._target_" in results.cells else set()
    paths: list[Path] = []
    if PROBE in kinds:
        paths += _report_gradients(_of(results, PROBE))
    if TOY in kinds:
        toys = _of(results, TOY)
        paths += draw(toy_figures(toys.cells, toys.curves), results.folder)
    if SCALING in kinds:
        paths += _report_scaling(_of(results, SCALING))
    others = _without(results, {PROBE, TOY, SCALING}, kinds)
    if len(others.cells):
        paths += _report_comparison(others)
    return paths


def _report_gradients(results: Results) -> list[Path]:
    measured = gradients(results)
    if measured.empty:
        return []
    print(as_markdown(measured))
    shown, _ = without_duplicates(measured, WITHIN)
    return [*write_gradients(measured, results.folder), *draw(gradient_figures(shown), results.folder)]


def _report_scaling(results: Results) -> list[Path]:
    measured = scaling(results)
    if measured.empty:
        return []
    print(scaling_as_markdown(measured))
    return [*write_scaling(measured, results.folder), *draw(scaling_figures(measured), results.folder)]


def _report_comparison(results: Results) -> list[Path]:
    cells, duplicates = without_duplicates(results.cells, within=["task", "data", "status"])
    comparison = compare(cells)
    table = tabulate(comparison, [*results.notes, *duplicates])
    print(as_text(table))
    choices = select(comparison)
    shown = comparison if len(comparison.methods) <= READABLE else chosen_only(comparison, choices)
    return [
        *write_table(table, results.folder),
        *_report_choices(choices, results.folder),
        *write_statistics(shown, results.folder),
        *draw(comparison_figures(results, shown) if len(shown.cells) else [], results.folder),
    ]


def _report_choices(choices: list[Choice], folder: Path) -> list[Path]:
    """One setting of each estimator where there are several, and the published bounds where there are some."""
    paths: list[Path] = []
    if any(choice.tried > 1 for choice in choices):
        print(as_text(selection_table(choices)))
        paths += write_selection(choices, folder)
    if comparable(choices):
        print(as_text(published_table(choices)))
        paths += write_published(choices, folder)
    return paths


def _of(results: Results, runner: str) -> Results:
    return replace(results, cells=results.cells[results.cells["runner._target_"] == runner])


def _without(results: Results, runners: set[str], kinds: set[str]) -> Results:
    """The cells of other runners. Missing cells do not know their runner: they go with the others, if there are any."""
    if not kinds & runners:
        return results
    rest = ~results.cells["runner._target_"].isin(list(runners))
    return replace(results, cells=results.cells[rest if kinds - runners else rest & False])
