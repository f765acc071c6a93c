"""Puts the explorer together: one HTML file that opens from disk. It computes in templates/distributions.js."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from results.figures.style import look
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
    "decoupled_st_gumbel_softmax",
    "gumbel_rao",
    "st_gumbel_softmax",
    "gumbel_softmax",
)
"""The estimators in the order of their rows."""

TEMPERED = frozenset({"rebar", "gapped_straight_through", "gumbel_rao", "st_gumbel_softmax", "gumbel_softmax"})
"""Those that the temperature of the page is for. ReinMax and the decoupled estimator have one of their own."""

HERE = Path(__file__).parent

FACTS = HERE / "estimators.json"
"""What the classes of the estimators say; :mod:`results.explorer.facts` writes it."""

ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader([HERE / "templates", HERE.parent / "page" / "templates"]),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def explorer_data() -> dict[str, Any]:
    """What the page shows of the Python estimators: a row for each, and the settings that the rows share."""
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    return facts | {"estimators": [_row(name, known) for name, known in facts["estimators"].items()]}


def _row(name: str, known: Mapping[str, Any]) -> dict[str, Any]:
    own = {"name": name, "colour": look(name).colour, "tempered": name in TEMPERED}
    return own | dict(known)


def write_explorer(path: Path) -> Path:
    """Writes the page. The same estimators give the same bytes."""
    text = ENVIRONMENT.get_template("explorer.html").render(explorer=explorer_data())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text)
    return path
