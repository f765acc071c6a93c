"""The page of a report: one HTML file that needs no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from results.experiment import Experiment
from results.explorer import explorer_data
from results.figures.gallery import without_images
from results.page.cells import cell_data, row_of, score_of, summarised
from results.page.curves import explorable
from results.page.figures import leading, page_figures
from results.page.filters import filters
from results.page.places import from_here, shortened
from results.page.summary import summary
from results.page.tables import page_table
from results.reading.labels import Label
from results.reading.statuses import LETTERS, counts
from results.sections.section import Section
from results.writing.tables import limited
from runners.cells.files import write_atomically

NAME = "report.html"

MOST_SQUARES = 1_000
"""Maximum number of cells that each have a square of their own in the table of statuses."""

ENVIRONMENT = jinja2.Environment(
    loader=jinja2.ChoiceLoader(
        [jinja2.PackageLoader("results.page", "templates"), jinja2.PackageLoader("results.explorer", "templates")]
    ),
    autoescape=True,  # names and values in configurations may contain anything
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write_page(experiment: Experiment, sections: Sequence[Section], figures: Sequence[Path]) -> Path:
    """Writes ``report.html`` into the folder. The same results give the same bytes, except for the date.

    Args:
        experiment: the results, with their learning curves.
        sections: the sections whose tables are shown, in order.
        figures: paths of figures; files other than PNG and PDF are left out.

    Returns:
        The path of the page.
    """
    results, known = experiment.results, filters(experiment)
    notes = [*results.notes, *without_images(results.cells, results.folder)]
    shown = page_figures(figures)
    first = leading(shown)
    text = ENVIRONMENT.get_template("report.html").render(
        title=results.folder.resolve().name,
        date=datetime.now(UTC).date().isoformat(),
        counted=counts(results.cells["status"]),
        summary=summary(experiment, [sentence for section in sections for sentence in section.found]),
        notes=[shortened(note.replace(str(results.folder), str(from_here(results.folder)))) for note in limited(notes)],
        filters=known,
        matrix=status_matrix(results.cells, experiment.label),
        letters=LETTERS,
        tables=[page_table(section, table, known) for section in sections for table in section.shown],
        plots=explorable(experiment.comparison, results.curves),
        leading=first,
        figures=[figure for figure in shown if figure is not first],
        cells=cell_data(results, experiment.label),
        explorer=explorer_data(),
        environments=environments(results.cells),
    )
    path = results.folder / NAME
    write_atomically(path, text)
    return path


def status_matrix(cells: pd.DataFrame, label: Label) -> dict[str, Any]:
    """The cells of each estimator on each problem.

    Returns:
        ``columns``: pairs of a task and a data set; ``rows``: by the label of an estimator, for each column a list of
        statuses, each with a sentence and a number: for every cell its seed, setting and score, and no number; if there
        are more than :data:`MOST_SQUARES` cells, for every status their number.
    """
    score, several = score_of(cells), len(cells) > MOST_SQUARES
    columns = list(
        dict.fromkeys((str(task), str(data)) for task, data in zip(cells["task"], cells["data"], strict=True))
    )
    rows: dict[str, dict[tuple[str, str], list[tuple[str, str, str]]]] = {}
    for cell in cells.to_dict("records"):
        values = row_of(cell, label, score)
        row = rows.setdefault(values[0], {column: [] for column in columns})
        row[values[1], values[2]].append((values[5], "" if several else summarised(values, score), ""))
    if several:
        rows = {name: {column: _counted(own) for column, own in row.items()} for name, row in rows.items()}
    return {"columns": columns, "rows": dict(sorted(rows.items(), key=lambda row: row[0].casefold()))}


def _counted(cells: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    counted = Counter(status for status, _, _ in cells)
    order = [status for status in dict.fromkeys([*LETTERS, *counted]) if counted[status]]
    return [(status, f"{counted[status]} {status}", str(counted[status])) for status in order]


def environments(cells: pd.DataFrame) -> dict[str, list[str]]:
    """The versions and machines that the cells ran with: all values that occur, by name."""
    names = {"torch_version": "PyTorch", "commit": "commit", "device": "device"}
    names |= {"processor": "processor", "threads": "threads"}
    known = {title: cells[key].dropna().unique() for key, title in names.items() if key in cells.columns}
    return {title: sorted(map(str, values)) for title, values in known.items()}
