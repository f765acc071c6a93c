"""The identity of a cell: hashes of everything that determines its results."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf

from runners.cells.keys import NOT_IDENTIFYING, SCORING
from runners.config.classes import locate

PLAIN = (type(None), bool, int, float, str, list, tuple, dict)
"""Types of the values in a configuration."""

VERSIONED = ("estimator", "task")
"""Sections whose classes have a ``version``."""


def identity(config: DictConfig) -> str:
    """Twelve hexadecimal digits of a hash of everything that determines the distribution of the cell's results.

    These are the resolved configuration without :data:`NOT_IDENTIFYING`, and the ``version`` of the estimator's and the
    task's class. The order of keys does not matter, nor whether an integer is written 1 or 1.0.

    Options of these two classes that have their default value, and options of optimizers and runners that are null, are
    left out: so a new option does not change the ids of earlier cells. A class whose default changes needs a new
    ``version``.
    """
    return digest([_without(config, NOT_IDENTIFYING), class_versions(config)])


def lineage(config: DictConfig) -> str:
    """A hash like :func:`identity` of what determines training, without its length and the final scores."""
    return digest([_without(config, (*NOT_IDENTIFYING, *SCORING, "runner.steps")), class_versions(config)])


def _without(config: DictConfig, keys: Iterable[str]) -> dict[Any, Any]:
    resolved = OmegaConf.to_container(config, resolve=True)
    assert isinstance(resolved, dict)
    for key in keys:
        *path, last = key.split(".")
        node = resolved
        for part in path:
            node = node.get(part, {})
        node.pop(last, None)
    for part in VERSIONED:
        left_out = _at_default(config[part])
        resolved[part] = {key: value for key, value in resolved[part].items() if key not in left_out}
    for part in ("optimizer", "auxiliary_optimizer", "runner"):
        resolved[part] = given(resolved[part])
    return resolved


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are not null."""
    return {key: value for key, value in options.items() if value is not None}


def defaults_in(config: DictConfig) -> list[str]:
    """The options of the estimator's and the task's class that have their default value: ``task.layers``."""
    return [f"{part}.{key}" for part in VERSIONED for key in _at_default(config[part])]


def _at_default(node: DictConfig) -> list[str]:
    resolved = OmegaConf.to_container(node, resolve=True)
    assert isinstance(resolved, dict)
    defaults = _defaults(node)
    return [
        str(key)
        for key, value in resolved.items()
        if key in defaults and _canonical(defaults[str(key)]) == _canonical(value)
    ]


def _defaults(node: DictConfig) -> dict[str, Any]:
    """The default values of the arguments of the class of ``node``, by name, if a configuration can have them."""
    try:
        parameters = inspect.signature(locate(node._target_)).parameters.values()
    except (Exception, SystemExit):  # the class cannot be imported, or has no signature
        return {}
    plain = (argument for argument in parameters if isinstance(argument.default, PLAIN))
    return {argument.name: argument.default for argument in plain}


def draws_with(config: DictConfig, replicas: int) -> dict[str, Any]:
    """The effective values of :data:`OTHER_DRAWS`, for a cell in a program of ``replicas`` cells."""
    device = config.device.partition(":")[0]
    recorded = device == "cuda" and bool(config.runner.get("cuda_graph"))
    draws = {"device": device, "threads": config.threads, "replicas": replicas, "cuda_graph": recorded}
    # Only if true, since records written before this option existed do not have it.
    return draws | ({"compile": True} if config.runner.get("compile") else {})


def class_versions(config: DictConfig) -> dict[str, Any]:
    """The ``version`` of the estimator's and the task's class, which is raised when their results change."""
    versions = {part: class_fact(config[part], "version") for part in VERSIONED}
    return {part: version if isinstance(version, PLAIN) else None for part, version in versions.items()}


def class_fact(node: DictConfig, name: str) -> Any:
    """An attribute of the class that ``node`` names; None if there is no such class, which its cell will report."""
    try:
        return getattr(locate(node._target_), name, None)
    except (Exception, SystemExit):  # importing a user's module, or looking into it, may raise anything
        return None


def digest(value: Any) -> str:
    """Twelve hexadecimal digits of a hash of plain containers, in which the order of keys does not matter."""
    text = json.dumps(_canonical(value), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
