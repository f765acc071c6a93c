"""The report of a folder: its sections, and one page with all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from results.experiment import Experiment, Options
from results.figures.draw import draw
from results.figures.style import figure_style
from results.page import write_page
from results.reading.collect import Results
from results.sections import (
    cells,
    checklist,
    comparison_table,
    gradients,
    grid,
    published_curves,
    scaling,
    selection,
    sensitivity,
    speed,
    statistics_tables,
    table_one,
    targets,
    toy,
    training,
    verdicts,
)
from results.sections.section import Section
from results.writing.formats import as_html, as_markdown, as_text
from results.writing.latex import as_latex
from results.writing.manifest import supersede
from results.writing.schema import write_schema
from runners.cells.files import write_atomically

SECTIONS: tuple[Callable[[Experiment], Section | None], ...] = (
    cells.section,
    gradients.section,
    toy.section,
    scaling.section,
    speed.section,
    comparison_table.section,
    selection.section,
    sensitivity.section,
    grid.section,
    table_one.section,
    published_curves.section,
    statistics_tables.section,
    verdicts.section,
    targets.section,
    training.section,
    checklist.section,
)
"""In the order of the page. A section is None if the cells have no results for it."""


def write_report(results: Results, options: Options | None = None) -> list[Path]:
    """Writes the files of every section and the page; returns all files.

    Prints the number of files, then the tables, and finally which file to open. Files that an earlier report wrote to
    the folder and this one does not write are removed.
    """
    options = options or Options()
    experiment, folder = Experiment(results, options), results.folder
    sections, paths = list[Section](), list[Path]()
    with figure_style():
        for make in (*SECTIONS, *options.sections):
            section = make(experiment)
            if section is not None:
                sections.append(section)
                paths += write_section(section, folder, options.width)
    paths.append(write_schema(folder, {name: data for section in sections for name, data in section.data.items()}))
    page = write_page(experiment, sections, paths)
    paths += [supersede(folder, [*paths, page]), page]
    figures = sum(path.parent.name == "figures" for path in paths)
    print(f"{len(paths)} files in {folder}, {figures} of them in figures/\n")
    for table in (table for section in sections if section.printed for table in section.shown):
        print(as_text(table))
    print(f"open {page}")
    return paths


def write_section(section: Section, folder: Path, width: float = 0) -> list[Path]:
    """Writes the data, tables and figures of a section; a table for an article is at most ``width`` points wide."""
    paths = [path for name, data in section.data.items() for path in data.write(folder, name)]
    texts = {}
    if section.tables:
        texts["md"] = "\n".join(map(as_markdown, section.shown))
    if section.article is not None:
        texts["tex"] = as_latex(section.article, width)
        texts["html"] = "\n".join(map(as_html, section.shown))
    for suffix, text in texts.items():
        paths.append(folder / f"{section.name}.{suffix}")
        write_atomically(paths[-1], text)
    return [*paths, *draw(section.figures, folder)]
