"""Flattening of nested configurations: one dotted name per value."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Twenty times as fast as OmegaConf's loader, and equivalent for files that OmegaConf wrote."""

DEEPEST = 32
"""Limit on the depth of nested containers in untrusted text."""


def yaml_of(text: str) -> Any:
    """The content of untrusted YAML, as plain containers.

    Raises:
        ValueError: the text is not YAML, or has aliases or very deep containers, whose content could grow without
            bound.
    """
    try:
        depth = 0
        for event in yaml.parse(text, Loader=LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
                raise ValueError("it has aliases, or is nested too deeply")
        return yaml.load(text, Loader=LOADER)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(str(error)) from error


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
    """The values that each override of a command line sets: ``{"+optimizer.lr=0.1": {"optimizer.lr": 0.1}}``."""
    return {override: _flatten_override(override) for override in overrides}


@functools.cache  # the cells of a sweep share most overrides
def _flatten_override(override: str) -> Mapping[str, Any]:
    word = override.lstrip("+")
    try:
        yaml_of(f"- {word.partition('=')[2]}")  # refuses values whose content could grow without bound
        config = OmegaConf.to_container(OmegaConf.from_dotlist([word]), resolve=False)
    except (OmegaConfBaseException, yaml.YAMLError, ValueError):
        config = {}
    assert isinstance(config, dict)
    return MappingProxyType(flatten(config))
