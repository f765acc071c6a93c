"""Puts the page together: one HTML file that opens from disk and asks no network for anything."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import jinja2
import pandas as pd

from results.experiment import Experiment
from results.explorer import explorer_data
from results.figures.gallery import without_images
from results.page.cells import cell_data
from results.page.curves import explorable
from results.page.tables import page_table
from results.reading.labels import Label
from results.reading.statuses import LETTERS, counts
from results.sections.section import Section
from runners.cells.files import write_atomically

NAME = "report.html"

ENVIRONMENT = jinja2.Environment(
    loader=jinja2.ChoiceLoader(
        [jinja2.PackageLoader("results.page", "templates"), jinja2.PackageLoader("results.explorer", "templates")]
    ),
    autoescape=True,  # names and values come from anybody's configurations
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Picture(NamedTuple):
    """A figure, its bytes inside the page."""

    name: str
    data: str


def write_page(experiment: Experiment, sections: Sequence[Section], figures: Sequence[Path]) -> Path:
    """Writes ``report.html`` into the folder. The same results give the same bytes but for the line with the date.

    Args:
        experiment: what the sections are made of; its learning curves can be explored.
        sections: in the order in which their tables are shown.
        figures: PNG files; others are left out.
    """
    results = experiment.results
    template = ENVIRONMENT.get_template("report.html")
    text = template.render(
        title=results.folder.resolve().name,
        date=datetime.now(UTC).date().isoformat(),
        counted=counts(results.cells["status"]),
        notes=[*results.notes, *without_images(results.cells, results.folder)],
        matrix=status_matrix(results.cells, experiment.label),
        letters=LETTERS,
        tables=[page_table(section, table) for section in sections for table in section.shown],
        plots=explorable(experiment.comparison, results.curves),
        pictures=[_picture(path) for path in figures if path.suffix == ".png"],
        cells=cell_data(results, experiment.label),
        explorer=explorer_data(),
        environments=environments(results.cells),
    )
    path = results.folder / NAME
    write_atomically(path, text)
    return path


def _picture(path: Path) -> Picture:
    return Picture(path.stem.replace("_", " "), base64.b64encode(path.read_bytes()).decode())


def status_matrix(cells: pd.DataFrame, label: Label) -> dict[str, dict[str, list[str]]]:
    """Statuses of the cells by estimator and by task and data."""
    matrix: dict[str, dict[str, list[str]]] = {}
    columns = list(dict.fromkeys(f"{task}, {data}" for task, data in zip(cells["task"], cells["data"], strict=True)))
    for _, cell in cells.iterrows():
        row = matrix.setdefault(label(str(cell["estimator"])), {column: [] for column in columns})
        row[f"{cell['task']}, {cell['data']}"].append(str(cell["status"]))
    return matrix


def environments(cells: pd.DataFrame) -> dict[str, list[str]]:
    """What the cells ran with: each value that occurs."""
    names = {"torch_version": "PyTorch", "commit": "commit", "device": "device"}
    names |= {"processor": "processor", "threads": "threads"}
    known = {title: cells[key].dropna().unique() for key, title in names.items() if key in cells.columns}
    return {title: sorted(map(str, values)) for title, values in known.items()}
