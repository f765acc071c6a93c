"""Nested configurations as flat ones, a dotted name for each value."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from omegaconf import OmegaConf


def flatten(nested: Mapping[Any, Any], prefix: str = "") -> dict[str, Any]:
    """``{"optimizer": {"lr": 0.1}}`` as ``{"optimizer.lr": 0.1}``; a list becomes its JSON text."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{name}.")
        else:
            flat[name] = json.dumps(value) if isinstance(value, Mapping | list) else value
    return flat


def flatten_overrides(overrides: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """What each override of a command line sets: ``{"+optimizer.lr=0.1": {"optimizer.lr": 0.1}}``."""
    return {override: _flatten_override(override) for override in overrides}


@functools.cache  # the cells of a sweep have the same overrides again and again
def _flatten_override(override: str) -> Mapping[str, Any]:
    config = OmegaConf.to_container(OmegaConf.from_dotlist([override.lstrip("+")]), resolve=False)
    assert isinstance(config, dict)
    return MappingProxyType(flatten(config))
