"""Puts the explorer together: one HTML file that opens from disk. The samples are drawn in the browser
(templates/sampling.js); what the estimators make of them was measured before (estimates.json)."""

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
    "gumbel_rao",
    "st_gumbel_softmax",
    "gumbel_softmax",
)
"""The estimators in the order of their rows."""

TEMPERED = frozenset({"rebar", "gapped_straight_through", "gumbel_rao", "st_gumbel_softmax", "gumbel_softmax"})
"""Those that the temperature of the page is for. ReinMax has one of its own."""

HERE = Path(__file__).parent

FACTS = HERE / "estimators.json"
"""What the classes of the estimators say; :mod:`results.explorer.facts` writes it."""

ESTIMATES = HERE / "estimates.json"
"""Their bias and standard deviation by temperature; :mod:`results.explorer.estimates` writes it."""

ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader([HERE / "templates", HERE.parent / "page" / "templates"]),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def explorer_data() -> dict[str, Any]:
    """What the page shows of the Python estimators: a row for each, what was measured, and settings that rows share."""
    facts, measured = (json.loads(path.read_text(encoding="utf-8")) for path in (FACTS, ESTIMATES))
    return facts | {"estimators": [_row(name, facts["estimators"][name]) for name in ROWS], "estimates": measured}


def _row(name: str, known: Mapping[str, Any]) -> dict[str, Any]:
    own = {"name": name, **look(name)._asdict(), "tempered": name in TEMPERED}
    return own | dict(known)


def write_explorer(path: Path) -> Path:
    """Writes the page. The same estimators give the same bytes."""
    text = ENVIRONMENT.get_template("explorer.html").render(explorer=explorer_data())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text)
    return path
