"""The explorer: one HTML file that needs no network.

Samples are drawn in the browser (templates/sampling.js). Bias and standard deviation of the estimators are not computed
there but were measured with the estimators of this package (estimates.json).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2

from results.figures.looks import look
from runners.cells.files import write_atomically

ROWS = (
    "reinforce",
    "rloo",
    "arm",
    "disarm",
    "muprop",
    "rebar",
    "straight_through",
    "reinmax",
    "gapped_straight_through",
    "gumbel_rao",
    "st_gumbel_softmax",
    "gumbel_softmax",
)
"""The estimators of the page, in order."""

TEMPERED = frozenset({"rebar", "gapped_straight_through", "gumbel_rao", "st_gumbel_softmax", "gumbel_softmax"})
"""The estimators that use the temperature of the page; ReinMax has a temperature of its own."""

HERE = Path(__file__).parent

FACTS = HERE / "estimators.json"
"""Attributes of the estimators' classes, written by :mod:`results.explorer.facts`."""

ESTIMATES = HERE / "estimates.json"
"""Bias and standard deviation of the estimators by temperature, written by :mod:`results.explorer.estimates`."""

ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader([HERE / "templates", HERE.parent / "page" / "templates"]),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def explorer_data() -> dict[str, Any]:
    """The data of the page: its estimators with their looks and attributes, the measurements, and shared settings."""
    facts, measured = (json.loads(path.read_text(encoding="utf-8")) for path in (FACTS, ESTIMATES))
    estimators = [
        {"name": name, "tempered": name in TEMPERED, **look(name).on_page, **facts["estimators"][name]} for name in ROWS
    ]
    return facts | {"estimators": estimators, "estimates": measured}


def write_explorer(path: Path) -> Path:
    """Writes the page; the same estimators give the same bytes. Returns the path."""
    text = ENVIRONMENT.get_template("explorer.html").render(explorer=explorer_data())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text)
    return path
