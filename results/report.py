"""What is made of a folder's cells, by the runner that made them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from results import speed, targets
from results.collect import Results
from results.comparison import Comparison, compare
from results.duplicates import without_duplicates
from results.figures import comparison_figures, draw
from results.formats import as_text, write_table
from results.gradient_figures import gradient_figures, toy_figures
from results.gradients import CAPTION, DECIMALS, WITHIN, as_markdown, gradients, write_gradients
from results.page import PageTable, write_page
from results.page.curves import explorable
from results.page.tables import of_comparison, of_frame
from results.scaling import as_markdown as scaling_as_markdown
from results.scaling import scaling, write_scaling
from results.scaling_figures import scaling_figures
from results.selection import Choice, chosen_only, select, selection_table, write_selection
from results.significance import ACROSS, decimals, describe
from results.significance import CAPTION as CAPTION_OF_STATISTICS
from results.speed_figures import speed_figures
from results.table import tabulate
from results.table_one import comparable, published_table, write_published

PROBE, TOY, SCALING = "runners.probe.probe", "runners.toy.toy", "runners.scaling.scaling"
SPEED = "runners.speed.speed"

READABLE = 30
"""Methods that a figure has room for; if there are more, it shows each estimator with its chosen setting."""


@dataclass
class Report:
    """What has been written so far, what the page shows of it, and what is printed once all is written."""

    texts: list[str] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    tables: list[PageTable] = field(default_factory=list)
    plots: list[dict[str, Any]] = field(default_factory=list)


def write_report(results: Results) -> list[Path]:
    """Writes the tables, draws the figures and makes the page of them, then prints; returns the files."""
    kinds = set(results.cells["runner._target_"].dropna()) if "runner._target_" in results.cells else set()
    report = Report()
    if PROBE in kinds:
        _report_gradients(_of(results, PROBE), report)
    if TOY in kinds:
        toys = _of(results, TOY)
        report.paths += draw(toy_figures(toys.cells, toys.curves), results.folder)
    if SCALING in kinds:
        _report_scaling(_of(results, SCALING), report)
    if SPEED in kinds:
        _report_speed(_of(results, SPEED), report)
    others = _without(results, {PROBE, TOY, SCALING, SPEED}, kinds)
    if len(others.cells):
        _report_comparison(others, report)
    paths = [*report.paths, write_page(results, report.tables, report.plots, report.paths)]
    for text in report.texts:
        print(text)
    return paths


def _report_gradients(results: Results, report: Report) -> None:
    measured = gradients(results)
    if measured.empty:
        return
    report.texts.append(as_markdown(measured))
    shown, notes = without_duplicates(measured, WITHIN)
    columns = ["estimator", "task", "target", "stage", "temperature", *DECIMALS]
    report.tables.append(of_frame("Gradients", shown[columns], DECIMALS, [CAPTION, *notes]))
    report.paths += write_gradients(measured, results.folder)
    report.paths += draw(gradient_figures(shown), results.folder)


def _report_scaling(results: Results, report: Report) -> None:
    measured = scaling(results)
    if measured.empty:
        return
    report.texts.append(scaling_as_markdown(measured))
    places = {"value": 0, "milliseconds": 2, "speed_up": 2, "peak_mb": 0}
    columns = ["estimator", "task", "along", "value", "outcome", *list(places)[1:], "reason"]
    report.tables.append(of_frame("Cost of a step", measured[columns], places))
    report.paths += write_scaling(measured, results.folder)
    report.paths += draw(scaling_figures(measured), results.folder)


def _report_speed(results: Results, report: Report) -> None:
    measured = speed.speed(results)
    if measured.empty:
        return
    table = speed.as_table(measured)
    report.texts.append(as_text(table))
    report.tables.append(of_comparison("Speed", table))
    report.paths += speed.write_speed(measured, results.folder)
    report.paths += draw(speed_figures(measured), results.folder)


def _report_comparison(results: Results, report: Report) -> None:
    cells, duplicates = without_duplicates(results.cells, within=["task", "data", "status"])
    comparison = compare(cells)
    table = tabulate(comparison, [*results.notes, *duplicates])
    report.texts.append(as_text(table))
    report.tables.append(of_comparison("Comparison", table))
    report.paths += write_table(table, results.folder)
    choices = select(comparison)
    _report_choices(choices, results.folder, report)
    shown = comparison if len(comparison.methods) <= READABLE else chosen_only(comparison, choices)
    _report_statistics(shown, results.folder, report)
    _report_targets(shown, results, report)
    report.plots += explorable(shown, results.curves)
    report.paths += draw(comparison_figures(results, shown) if len(shown.cells) else [], results.folder)


def _report_choices(choices: list[Choice], folder: Path, report: Report) -> None:
    """One setting of each estimator where there are several, and the published bounds where there are some."""
    if any(choice.tried > 1 for choice in choices):
        report.texts.append(as_text(selection_table(choices)))
        report.tables.append(of_comparison("Chosen on validation", selection_table(choices)))
        report.paths += write_selection(choices, folder)
    if comparable(choices):
        report.texts.append(as_text(published_table(choices)))
        report.tables.append(of_comparison("Beside published numbers", published_table(choices)))
        report.paths += write_published(choices, folder)


def _report_statistics(comparison: Comparison, folder: Path, report: Report) -> None:
    """Intervals and differences, where there is more than one seed."""
    found = describe(comparison)
    if found is None:
        return
    for title, frame, caption in (
        ("Statistics", found.problems, CAPTION_OF_STATISTICS),
        ("Across problems", found.across, ACROSS),
    ):
        if not frame.empty:
            report.tables.append(of_frame(title, frame, decimals(frame), [caption]))
    report.paths += found.write(folder)


def _report_targets(comparison: Comparison, results: Results, report: Report) -> None:
    """What it took to reach a bound, where there are learning curves."""
    found = targets.to_target(comparison, results.curves)
    if not found.empty:
        report.tables.append(of_frame("To a target", found, targets.DECIMALS, [targets.CAPTION]))
        report.paths += targets.write_targets(found, results.folder)


def _of(results: Results, runner: str) -> Results:
    return replace(results, cells=results.cells[results.cells["runner._target_"] == runner])


def _without(results: Results, runners: set[str], kinds: set[str]) -> Results:
    """The cells of other runners. Missing cells do not know their runner: they go with the others, if there are any."""
    if not kinds & runners:
        return results
    rest = ~results.cells["runner._target_"].isin(list(runners))
    return replace(results, cells=results.cells[rest if kinds - runners else rest & False])
