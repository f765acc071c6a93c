"""Pages that say what was measured: each number in them is made from the published cells.

A block of a Markdown page holds, in a comment that a reader does not see, a template, and below it what came of it::

    <!-- measured
    Gumbel-Softmax comes to {{ study("reference").mean("gumbel_softmax", "vae_bernoulli") }} nats.
    -->
    Gumbel-Softmax comes to 105.02 nats.
    <!-- /measured -->

``python -m results.published pages`` writes what comes of all blocks anew, and a test demands that nothing changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from results.published.library import HERE, load, names
from results.published.step_times import StepTimes, costs
from results.published.study import Study

SPEED = "speed"
"""What step times are published as."""

BLOCK = re.compile(
    r"(?P<head><!-- measured\n(?P<template>.*?)\n-->\n)(?P<said>.*?)(?P<end><!-- /measured -->)", re.DOTALL
)


def pages(repository: Path) -> list[Path]:
    """The pages of a repository that have such blocks."""
    candidates = [repository / "README.md", *sorted((repository / "docs").glob("**/*.md"))]
    return [path for path in candidates if path.is_file() and BLOCK.search(path.read_text(encoding="utf-8"))]


def measured(page: str, library: Path = HERE) -> str:
    """The page with what comes of the templates of its blocks.

    Raises:
        Unknown: a template asks for what is not published.
        jinja2.TemplateError: a template is wrong.
    """
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, autoescape=False)
    of_steps = costs(load(SPEED, library)) if SPEED in names(library) else {}
    said: Mapping[str, Any] = {
        "study": cache(lambda name: Study(load(name, library), of_steps)),
        "step_times": cache(lambda: StepTimes(load(SPEED, library))),
    }

    def fill(block: re.Match[str]) -> str:
        text = environment.from_string(block["template"]).render(said)
        return f"{block['head']}{text.strip()}\n{block['end']}"

    return BLOCK.sub(fill, page)


def rewrite(paths: Iterable[Path], library: Path = HERE) -> list[Path]:
    """Writes the pages anew; returns those that said something else."""
    changed = []
    for path in paths:
        before = path.read_text(encoding="utf-8")
        after = measured(before, library)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed
