"""What is made of a folder's cells, by the runner that made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from results.comparison import Comparison, compare
from results.figures.draw import comparison_figures, draw
from results.figures.gradients import gradient_figures, toy_figures
from results.figures.scaling import scaling_figures
from results.figures.speed import speed_figures
from results.page import write_page
from results.page.curves import explorable
from results.reading.collect import Results
from results.reading.duplicates import without_duplicates
from results.sections.comparison_table import article_table, comparison_table
from results.sections.gradients import gradient_tables, gradients, over_seeds
from results.sections.scaling import scaling, scaling_tables
from results.sections.selection import budget, grid, grid_tables, selected, selection_table
from results.sections.speed import as_table as speed_table
from results.sections.speed import speed
from results.sections.statistics_tables import (
    across,
    across_tables,
    statistics,
    statistics_tables,
)
from results.sections.table_one import comparable, published_table
from results.sections.targets import target_table, to_target
from results.writing.formats import as_text, write_markdown, write_table
from results.writing.frames import write_frame
from results.writing.schema import write_schema
from results.writing.tables import Table

PROBE, TOY, SCALING = "runners.probe.probe", "runners.toy.toy", "runners.scaling.scaling"
SPEED = "runners.speed.speed"


@dataclass(frozen=True)
class Options:
    """How a comparison is shown.

    Attributes:
        only: the methods that take part; all, where it is empty.
        order: of methods in tables and figures.
        labels: what they are called there, by name.
        columns: further ones of ``table.tex``: ``settings``, ``speed``, ``cells``.
        width: that ``table.tex`` has room for, points; 0 for the text of an article.
    """

    only: Sequence[str] = ()
    order: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str] = ()
    width: float = 0


@dataclass
class Report:
    """What has been written so far, what the page shows of it, and what is printed once all is written."""

    folder: Path
    printed: list[Table] = field(default_factory=list)
    shown: list[tuple[str, Table]] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    plots: list[dict[str, Any]] = field(default_factory=list)

    def frame(self, name: str, frame: pd.DataFrame, kinds: tuple[str, ...] = ("csv",)) -> None:
        self.paths += write_frame(frame, self.folder, name, kinds)

    def tables(self, name: str, title: str, tables: list[Table], printed: bool = False) -> None:
        """Writes tables below each other as ``name.md``, and shows them on the page under titles that begin alike."""
        # What is true of all of them is said once, below the last.
        pairs = zip(tables, [*tables[1:], None], strict=True)
        tables = [
            replace(one, description="", notes=()) if after and after.description == one.description else one
            for one, after in pairs
        ]
        self.paths.append(write_markdown(tables, self.folder, name))
        self.shown += [(f"{title}: {table.title}" if len(tables) > 1 else title, table) for table in tables]
        self.printed += tables if printed else []


def write_report(results: Results, options: Options | None = None) -> list[Path]:
    """Writes the tables, draws the figures and makes the page of them, then prints; returns the files."""
    kinds = set(results.cells["runner._target_"].dropna()) if "runner._target_" in results.cells else set()
    report = Report(results.folder)
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
        _report_comparison(others, report, options or Options())
    report.paths.append(write_schema(results.folder))
    paths = [*report.paths, write_page(results, report.shown, report.plots, report.paths)]
    for table in report.printed:
        print(as_text(table))
    return paths


def _report_gradients(results: Results, report: Report) -> None:
    measured = gradients(results)
    if measured.empty:
        return
    summary, notes = over_seeds(measured)
    report.frame("gradients", measured, ("csv", "parquet"))
    report.tables("gradients", "Gradients", gradient_tables(summary, notes), printed=True)
    report.paths += draw(gradient_figures(summary), results.folder)


def _report_scaling(results: Results, report: Report) -> None:
    measured = scaling(results)
    if measured.empty:
        return
    report.frame("scaling", measured, ("csv", "parquet"))
    report.tables("scaling", "Cost of a step", scaling_tables(measured), printed=True)
    report.paths += draw(scaling_figures(measured), results.folder)


def _report_speed(results: Results, report: Report) -> None:
    measured = speed(results)
    if measured.empty:
        return
    report.frame("speed", measured, ("csv", "json"))
    report.tables("speed", "Speed", [speed_table(measured)], printed=True)
    report.paths += draw(speed_figures(measured), results.folder)


def _report_comparison(results: Results, report: Report, options: Options) -> None:
    cells, duplicates = without_duplicates(results.cells, within=["task", "data", "conditions", "status"])
    comparison = compare(cells, options.only, options.order, options.labels)
    table = comparison_table(comparison, [*results.notes, *duplicates])
    report.printed.append(table)
    report.shown.append(("Comparison", table))
    article = article_table(comparison, options.columns)
    report.paths += write_table(table, results.folder, "table", article, options.width)
    _report_choices(comparison, report)
    _report_statistics(comparison, report)
    targets = to_target(comparison, results.curves)
    if not targets.empty:
        report.frame("targets", targets)
        report.tables("targets", "To a target", [target_table(targets, comparison)])
    report.plots += explorable(comparison, results.curves)
    report.paths += draw(comparison_figures(results, comparison), results.folder)


def _report_choices(comparison: Comparison, report: Report) -> None:
    """The chosen settings and the grid, where there are several, and the published bounds where there are some."""
    if any(choice.tried > 1 for choice in comparison.choices):
        chosen = selection_table(comparison)
        report.frame("selected", selected(comparison))
        report.paths += write_table(chosen, report.folder, "selected")
        report.printed.append(chosen)
        report.shown.append(("Chosen on validation", chosen))
        settings = grid(comparison)
        report.frame("grid", settings)
        report.tables("grid", "Grid", grid_tables(settings, comparison))
        report.frame("tuning", budget(comparison))
    ours = comparable(comparison)
    if ours:
        report.tables("published", "Beside published numbers", [published_table(ours)], printed=True)


def _report_statistics(comparison: Comparison, report: Report) -> None:
    found, overall = statistics(comparison), across(comparison)
    if found.empty:
        return
    report.frame("statistics", found)
    tables = statistics_tables(found, comparison)
    if not overall.empty:
        report.frame("across", overall)
        tables += across_tables(overall, comparison)
    report.tables("statistics", "Statistics", tables)


def _of(results: Results, runner: str) -> Results:
    return replace(results, cells=results.cells[results.cells["runner._target_"] == runner])


def _without(results: Results, runners: set[str], kinds: set[str]) -> Results:
    """The cells of other runners. Missing cells do not know their runner: they go with the others, if there are any."""
    if not kinds & runners:
        return results
    rest = ~results.cells["runner._target_"].isin(list(runners))
    return replace(results, cells=results.cells[rest if kinds - runners else rest & False])
