"""``python -m results.explorer.facts``: writes down what the classes of the estimators say, for the explorer's page.

So the page, and a report that it is a section of, are made without PyTorch. A test tells when a class says otherwise.
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
    """Of each estimator of the page, and the settings that several of them share."""
    nodes = configurations()
    built = {name: _built(nodes[name]) for name in ROWS}
    return {
        "estimators": {name: _facts_of(estimator) for name, estimator in built.items()},
        "samples": built["rloo"].samples,
        "conditional_samples": built["gumbel_rao"].conditional_samples,
    }


def _built(node: Any) -> Any:
    """The estimator with its configured settings, for a categorical variable if it exists for one."""
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
