"""Pages with measured numbers, each of which is computed from the published cells.

A block of a Markdown page contains a template, in a comment that readers do not see, and below it the rendered text::

    <!-- measured
    Gumbel-Softmax comes to {{ study("reference").mean("gumbel_softmax", "vae_bernoulli") }} nats.
    -->
    Gumbel-Softmax comes to 105.02 nats.
    <!-- /measured -->

``python -m results.published pages`` renders all blocks again, and a test checks that this changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from results.published import papers, semi_supervised
from results.published.accuracy import at_best_temperature
from results.published.growth import Growth
from results.published.library import HERE, load, location, names
from results.published.step_times import StepTimes, costs
from results.published.tables import TabulatedStudy

SPEED, GRADIENTS, SCALING = "speed", "gradients", "scaling"
"""The names under which step times, the accuracy of gradients and the growth of costs are published."""

BLOCK = re.compile(
    r"(?P<head><!-- measured\n(?P<template>.*?)\n-->\n)(?P<text>.*?)(?P<end><!-- /measured -->)", re.DOTALL
)


def pages(repository: Path) -> list[Path]:
    """The pages of a repository that have blocks."""
    candidates = [repository / "README.md", *sorted((repository / "docs").glob("**/*.md"))]
    return [path for path in candidates if path.is_file() and BLOCK.search(path.read_text(encoding="utf-8"))]


def context(library: Path = HERE) -> Mapping[str, Any]:
    """What templates may use. Each of the published results is loaded once for all pages."""
    step_costs = costs(load(SPEED, library)) if SPEED in names(library) else {}
    return {
        "study": cache(lambda name: TabulatedStudy(load(name, library), step_costs)),
        "papers": papers,
        "semi_supervised": semi_supervised,
        "step_times": cache(lambda name=SPEED: StepTimes(load(name, library))),
        "growth": cache(lambda: Growth(location(SCALING, library))),
        "gradients_on": lambda task: at_best_temperature(location(GRADIENTS, library), task),
    }


def measured(page: str, given: Mapping[str, Any]) -> str:
    """The page with the templates of its blocks rendered, which use what :func:`context` has given.

    Raises:
        Unknown: a template uses results that are not published.
        jinja2.TemplateError: a template is invalid.
    """
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, autoescape=False)

    def fill(block: re.Match[str]) -> str:
        text = environment.from_string(block["template"]).render(given)
        return f"{block['head']}{text.strip()}\n{block['end']}"

    return BLOCK.sub(fill, page)


def rewrite(paths: Iterable[Path], library: Path = HERE) -> list[Path]:
    """Renders the pages and writes those that change; returns them."""
    changed, given = [], context(library)
    for path in paths:
        before = path.read_text(encoding="utf-8")
        after = measured(before, given)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed
