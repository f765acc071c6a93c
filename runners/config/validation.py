"""Mistakes in a configuration, found before anything is built: each value against what its class asks for.

The annotations of constructors are the schema, so that classes of other people are held to theirs.
"""

from __future__ import annotations

import importlib
import inspect
import math
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import torch
from omegaconf import DictConfig, OmegaConf

from estimators import Estimator
from tasks.task import Task

SECTIONS = ("estimator", "task", "data", "optimizer", "auxiliary_optimizer", "runner")

BASES = {"estimator": Estimator, "task": Task}
"""What the classes of these sections are derived from."""

NAMES = {int: "a whole number", float: "a finite number", bool: "true or false", str: "text", type(None): "null"}


def mistakes_in(config: DictConfig) -> Iterator[str]:
    """Sentences that name the key, its value and what is valid."""
    plain = OmegaConf.to_container(config, resolve=True)
    assert isinstance(plain, dict)
    yield from _count("seed", plain["seed"], least=0)
    yield from _count("threads", plain["threads"], least=1)
    yield from _device(plain["device"])
    runner = dict(plain["runner"])
    timeout = runner.pop("timeout", None)
    if timeout is not None and not (_matches(timeout, float) and timeout > 0):
        yield f"runner.timeout={timeout}: a positive number of seconds, or null, is needed"
    yield from _count("runner.attempts", runner.pop("attempts", 1), least=1)
    yield from _count("runner.replicas", runner.pop("replicas", 1), least=1)
    for key in ("retry", "isolate", "vectorize"):
        yield from _value(f"runner.{key}", runner.pop(key, False), bool)
    for section in ("optimizer", "auxiliary_optimizer"):
        limit = plain[section].get("clip_norm")
        if limit is not None and not (_matches(limit, float) and limit > 0):
            yield f"{section}.clip_norm={limit}: a positive number, or null, is needed"
    for section in SECTIONS:
        yield from _node(section, runner if section == "runner" else plain[section], BASES.get(section, object))


def check_counts(**counts: int) -> None:
    """Raises a ValueError that names the runner's setting which is no whole number of at least 1."""
    for name, value in counts.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"runner.{name}={value!r}: a whole number of at least 1 is needed")


def locate(target: str) -> Any:
    """The class or function of a ``_target_``.

    Raises:
        ImportError: there is none; the message says which part is missing.
    """
    module, _, name = str(target).rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except AttributeError:
        raise ImportError(f"module {module} has no {name}") from None
    except (ValueError, TypeError):
        raise ImportError(f"{target!r} is no module.Class") from None


def _count(key: str, value: Any, least: int) -> Iterator[str]:
    if not _matches(value, int) or value < least:
        yield f"{key}={value}: a whole number of at least {least} is needed"


def _device(device: Any) -> Iterator[str]:
    try:
        kind = torch.device(str(device)).type
    except RuntimeError:
        yield f"device={device}: choose cpu, cuda or cuda:0, cuda:1, ..."
        return
    if kind == "cuda" and not torch.cuda.is_available():
        yield f"device={device}: there is no CUDA device that this PyTorch can use; choose cpu"


def _node(path: str, node: Any, base: type = object) -> Iterator[str]:
    """Mistakes in a mapping with a ``_target_``, whose class is derived from ``base``, and in what it contains."""
    if not isinstance(node, Mapping) or "_target_" not in node:
        return
    try:
        built = locate(node["_target_"])
    except ImportError as error:
        yield f"{path}._target_={node['_target_']}: cannot be imported: {error}"
        return
    if inspect.isclass(built) and not issubclass(built, base):
        yield f"{path}._target_={node['_target_']}: it is no subclass of {base.__module__}.{base.__name__}"
    hints = _hints(built)
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _node(f"{path}.{key}", value)
        elif key in hints:
            yield from _value(f"{path}.{key}", value, hints[key])


def _hints(built: Any) -> dict[str, Any]:
    """Types of the arguments by name; none where they cannot be told."""
    try:
        return get_type_hints(built.__init__ if inspect.isclass(built) else built)
    except Exception:  # annotations of other people may name what cannot be imported
        return {}


def _value(key: str, value: Any, hint: Any) -> Iterator[str]:
    if _matches(value, hint):
        return
    needed = _described(hint)
    group, _, name = key.rpartition(".")
    if inspect.isclass(hint) and hint not in NAMES and isinstance(value, str):
        needed = f"an option is chosen with {group.replace('.', '/')}/{name}={value}"
    yield f"{key}={value}: {needed}"


def _matches(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any or hint is inspect.Parameter.empty or hint is object:
        return True
    if origin in (Union, types.UnionType):
        return any(_matches(value, each) for each in arguments)
    if origin is Literal:
        return value in arguments
    if hint in (int, float):
        number = isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
        return number and math.isfinite(value)
    if hint is None or hint is type(None):
        return value is None
    if _is_sequence(origin):
        items = [each for each in arguments if each is not Ellipsis] or [Any]
        return isinstance(value, list) and all(any(_matches(item, each) for each in items) for item in value)
    return isinstance(value, hint) if inspect.isclass(hint) else not isinstance(value, str | int | float | list)


def _described(hint: Any) -> str:
    """``a whole number or null is needed``, ``choose one of a, b``."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return f"choose one of {', '.join(map(str, arguments))}"
    kinds = arguments if origin in (Union, types.UnionType) else (hint,)
    known = [NAMES[kind] for kind in kinds if kind in NAMES]
    if _is_sequence(origin):
        known = [f"a list, each of whose entries is {' or '.join(NAMES.get(kind, 'an object') for kind in arguments)},"]
    return f"{' or '.join(known) or 'a section with a _target_'} is needed"


def _is_sequence(origin: Any) -> bool:
    return inspect.isclass(origin) and issubclass(origin, Sequence)
