"""What a name on the command line means: a configuration of this package, of an installed one, or a class."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Any

from omegaconf import OmegaConf

CONFIGURATION = "conf"
ENTRY_POINTS = "gumbel_bench.conf"
"""Group of entry points whose values name packages of configuration files, laid out as ``conf`` is."""


class UnknownTarget(ValueError):  # noqa: N818 - the name says it
    """A name that leads to no estimator. The message is one line, for the reader."""


def configurations() -> dict[str, Any]:
    """Configuration node of every estimator, by name, in alphabetical order; those of this package first."""
    packages = [CONFIGURATION, *(entry.value for entry in entry_points(group=ENTRY_POINTS))]
    found: dict[str, Any] = {}
    for package in packages:
        folder = files(package) / "estimator"
        paths = sorted((path for path in folder.iterdir() if path.name.endswith(".yaml")), key=lambda path: path.name)
        for path in paths:
            found.setdefault(path.name.removesuffix(".yaml"), OmegaConf.create(path.read_text(encoding="utf-8")))
    return found


def find(target: str) -> Any:
    """The configuration node or the factory that ``target`` names.

    Raises:
        UnknownTarget: there is none.
    """
    if "." not in target:
        known = configurations()
        if target not in known:
            raise UnknownTarget(f"{target}: choose one of {', '.join(known)}, or give a class as module.Class")
        return known[target]
    module, _, name = target.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise UnknownTarget(f"{target}: cannot import {module}: {error}") from error
    except AttributeError:
        raise UnknownTarget(f"{target}: module {module} has no {name}") from None
