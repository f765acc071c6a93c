"""Puts the explorer together: one HTML file that opens from disk. It computes in templates/distributions.js."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import jinja2

from estimators import Estimator, Latent, build
from estimators.catalogue import configurations
from estimators.estimator import NotApplicable
from results.figures.style import look
from runners.cells.files import write_atomically

LABELS = {
    "reinforce": "REINFORCE",
    "rloo": "RLOO",
    "arm": "ARM",
    "disarm": "DisARM",
    "muprop": "MuProp",
    "rebar": "REBAR",
    "straight_through": "Straight-through",
    "reinmax": "ReinMax",
    "gapped_straight_through": "Gapped ST",
    "decoupled_st_gumbel_softmax": "Decoupled ST-GS",
    "gumbel_rao": "Gumbel-Rao",
    "st_gumbel_softmax": "ST Gumbel-Softmax",
    "gumbel_softmax": "Gumbel-Softmax",
}
"""The estimators in the order of their rows, as their papers write them."""

TEMPERED = frozenset({"rebar", "gapped_straight_through", "gumbel_rao", "st_gumbel_softmax", "gumbel_softmax"})
"""Those that the temperature of the page is for. ReinMax and the decoupled estimator have one of their own."""

HERE = Path(__file__).parent

ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader([HERE / "templates", HERE.parent / "page" / "templates"]),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def explorer_data() -> dict[str, Any]:
    """What the page takes from the Python estimators: a row for each, and the settings that the rows share."""
    nodes = configurations()
    built = {name: _built(nodes[name]) for name in LABELS}
    return {
        "estimators": [_row(name, estimator) for name, estimator in built.items()],
        "samples": built["rloo"].samples,
        "conditional_samples": built["gumbel_rao"].conditional_samples,
        "backward_temperature": float(built["decoupled_st_gumbel_softmax"].backward_temperature),
        "gap": built["gapped_straight_through"].gap,
    }


def _built(node: Any) -> Any:
    """The estimator with its configured settings, for a categorical variable if it exists for one."""
    try:
        return build(node, latent=Latent("categorical", n=1, k=6))
    except NotApplicable:
        return build(node, latent=Latent("bernoulli", n=1))


def _row(name: str, estimator: Estimator) -> dict[str, Any]:
    return {
        "name": name,
        "label": LABELS[name],
        "colour": look(name).colour,
        "unbiased": estimator.unbiased,
        "tempered": name in TEMPERED,
        "families": sorted(estimator.families),
        "cost_evaluations": estimator.cost_evaluations,
        "summary": (inspect.getdoc(type(estimator)) or "").partition("\n\n")[0].replace("\n", " "),
        "citation": estimator.citation,
    }


def write_explorer(path: Path) -> Path:
    """Writes the page. The same estimators give the same bytes."""
    text = ENVIRONMENT.get_template("explorer.html").render(explorer=explorer_data())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text)
    return path
