"""``python -m results.explorer.facts``: writes attributes of the estimators' classes to a file, for the explorer.

With this file, the explorer and reports are written without loading PyTorch. A test compares it with the classes.
"""

from __future__ import annotations

import inspect
import json
from typing import Any

from estimators import Estimator, Latent, NotApplicable, build
from estimators.catalogue import configurations
from results.explorer.explorer import FACTS, ROWS
from runners.cells.files import write_atomically


def facts() -> dict[str, Any]:
    """The attributes of each estimator of the page, and the settings that the page mentions."""
    nodes = configurations()
    built = {name: _built(nodes[name]) for name in ROWS}
    return {
        "estimators": {name: _facts_of(estimator) for name, estimator in built.items()},
        "samples": built["rloo"].samples,
        "conditional_samples": built["gumbel_rao"].conditional_samples,
    }


def _built(node: Any) -> Any:
    """The estimator with its configured settings, for a categorical variable if it applies to one."""
    try:
        return build(node, latent=Latent("categorical", n=1, k=6))
    except NotApplicable:
        return build(node, latent=Latent("bernoulli", n=1))


def _facts_of(estimator: Estimator) -> dict[str, Any]:
    return {
        "label": estimator.label,
        "unbiased": estimator.unbiased,
        "families": sorted(estimator.families),
        "cost_evaluations": estimator.cost_evaluations,
        "summary": (inspect.getdoc(type(estimator)) or "").partition("\n\n")[0].replace("\n", " "),
        "citation": estimator.citation,
    }


def main() -> None:
    write_atomically(FACTS, json.dumps(facts(), indent=1, ensure_ascii=False) + "\n")
    print(FACTS)


if __name__ == "__main__":
    main()
