"""What makes two cells the same: hashes of what determines their numbers."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf

from runners.cells.keys import NOT_IDENTIFYING, SCORING
from runners.config.validation import locate

VERSIONED = ("estimator", "task")
"""Sections whose classes have a ``version``."""


def identity(config: DictConfig) -> str:
    """Twelve hexadecimal digits of a hash of everything that determines the distribution of the cell's numbers.

    That is the resolved configuration without :data:`NOT_IDENTIFYING`, and the ``version`` of the estimator's and the
    task's class. It does not depend on the order of keys, nor on whether an integer is written 1 or 1.0.

    Options of these two classes that have their default, and options of optimizers and runners that are null, are as if
    they were not there: one that a class is given later leaves the ids of earlier cells as they are. So a class whose
    default changes needs another ``version``.
    """
    return digest([_without(config, NOT_IDENTIFYING), class_versions(config)])


def lineage(config: DictConfig) -> str:
    """The same of what determines a run of training, however long it is and however it is scored in the end."""
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
        defaults = _defaults(config[part])
        resolved[part] = {
            key: value
            for key, value in resolved[part].items()
            if key not in defaults or _canonical(defaults[key]) != _canonical(value)
        }
    for part in ("optimizer", "auxiliary_optimizer", "runner"):
        resolved[part] = given(resolved[part])
    return resolved


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are not null."""
    return {key: value for key, value in options.items() if value is not None}


def _defaults(node: DictConfig) -> dict[str, Any]:
    """The arguments that the class of ``node`` need not be given, with the values that they then have."""
    try:
        parameters = inspect.signature(locate(node._target_)).parameters.values()
    except Exception:  # of a class that cannot be imported, or whose arguments are unknown
        return {}
    return {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}


def draws_with(config: DictConfig, replicas: int) -> dict[str, Any]:
    """What the values of :data:`OTHER_DRAWS` come to, for a cell in one program with so many, itself included."""
    device = config.device.partition(":")[0]
    recorded = device == "cuda" and bool(config.runner.get("cuda_graph"))
    draws = {"device": device, "threads": config.threads, "replicas": replicas, "cuda_graph": recorded}
    # Records of the time before there was anything to compile say nothing of it.
    return draws | ({"compile": True} if config.runner.get("compile") else {})


def class_versions(config: DictConfig) -> dict[str, Any]:
    """The ``version`` of the estimator's and the task's class, which is raised when their numbers change."""
    return {part: class_fact(config[part], "version") for part in VERSIONED}


def class_fact(node: DictConfig, name: str) -> Any:
    """An attribute of the class that ``node`` names; None where there is no such class, which its cell will report."""
    try:
        return getattr(locate(node._target_), name, None)
    except Exception:  # a user's module may raise anything as it is imported
        return None


def digest(value: Any) -> str:
    """Twelve hexadecimal digits of a hash of plain containers, whatever the order of their keys."""
    text = json.dumps(_canonical(value), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
