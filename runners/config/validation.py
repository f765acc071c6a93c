"""Finds mistakes in a configuration before anything is built, by checking each value against the class that takes it.

The annotations of constructors are the schema, so that classes of other packages are checked too.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import torch
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from estimators import Estimator
from runners.config import EXECUTION, PARTS, SECTIONS
from runners.config.classes import Broken, arguments_of, hints_of_arguments, importing_within, is_required, locate
from runners.config.kinds import (
    LARGEST,
    LARGEST_INTEGER,
    NAMES,
    Name,
    Positive,
    Steps,
    Within,
    classes_in,
    described,
    fits,
    is_plain,
    is_section,
    kind_of_entries,
)
from runners.config.messages import choices, reason, shown
from tasks.task import Task

BASES: dict[str, tuple[type, ...]] = {"estimator": (Estimator,), "task": (Task,)}
"""The base classes that the classes of these sections must have."""

GIVEN = {"estimator": ("latent", "context_size"), "task": ("pixel_mean",)}
GIVEN |= dict.fromkeys(("optimizer", "auxiliary_optimizer"), ("params",))
"""Arguments of classes that are not part of a configuration."""

OF_HYDRA = ("_target_", "_partial_", "_recursive_")
"""Keys of a section that tell how it is built."""

KEYS = (*SECTIONS, "seed", "device", "threads", "output", "names")
"""All keys of a configuration."""

Threads = Annotated[int, Within("an integer from 1 to 1024", 1, 1024)]
"""Many more make PyTorch crash."""

MOST = 2**40
"""The largest integer that is not a seed. No machine holds as much of anything, and larger sizes overflow."""

RANGES = {"lr": (0.0, 1e20), "weight_decay": (0.0, 1e6)} | dict.fromkeys(("momentum", "dampening", "eps"), (0.0, 1.0))
"""Sensible ranges of arguments of PyTorch's optimizers, which do not check them."""


def mistakes_in(config: DictConfig) -> Iterator[str]:
    """One-line sentences that name the key, its value and what is valid."""
    try:
        plain = OmegaConf.to_container(config, resolve=True)
        left_open = sorted(OmegaConf.missing_keys(config))
    except OmegaConfBaseException as error:
        yield f"{_unresolved(config)}: {shown(reason(str(error)))}"
        return
    assert isinstance(plain, dict)
    yield from (f"{key}: a value is needed, {key}=..." for key in left_open)
    if left_open:
        return
    for key in KEYS:
        if key not in plain:
            yield f"{key}: the configuration does not have this key"
    for key in plain:
        if key not in KEYS:
            yield f"{key}: there is no such key. {choices(str(key), KEYS)}"
    given = {key: value for key, value in plain.items() if key in KEYS}
    runner = plain.get("runner")
    with importing_within(runner.get("timeout") if isinstance(runner, dict) else None):
        for key, value in given.items():
            yield from _section(key, value) if key in SECTIONS else _value_of_its_own(key, value)


def _unresolved(node: DictConfig) -> str:
    """The first key whose value refers to something that does not exist."""
    for key in node:
        try:
            value = node[key]
        except OmegaConfBaseException:
            return str(key)
        below = _unresolved(value) if isinstance(value, DictConfig) else ""
        if below:
            return f"{key}.{below}"
    return ""


def _value_of_its_own(key: str, value: Any) -> Iterator[str]:
    match key:
        case "seed":
            yield from _value(key, value, Steps)
        case "threads":
            yield from _value(key, value, Threads)
        case "device":
            yield from _device(value)
        case "output":
            yield from _value(key, value, str)
            if fits(value, str) and (not value.strip() or "\0" in value):
                yield f"output={shown(value)}: the name of a folder is needed"
        case "names":
            names = value if isinstance(value, Mapping) else {}
            if not all(fits(names.get(part), Name) and names[part].strip() for part in PARTS):
                yield f"names={shown(value)}: text for each of {', '.join(PARTS)}, of at most 100 characters, is needed"


def _section(section: str, node: Any) -> Iterator[str]:
    if not is_section(node):
        yield f"{section}={shown(node)}: a section with a _target_ is needed, such as {section}=NAME chooses"
        return
    own = dict(node)
    if section == "runner":
        for key in [key for key in EXECUTION if key in own]:
            yield from _value(f"runner.{key}", own.pop(key), EXECUTION[key])
    if section.endswith("optimizer"):
        limit, schedule = own.pop("clip_norm", None), own.pop("schedule", None)
        if schedule is not None:
            yield from _section(f"{section}.schedule", schedule)
        yield from _value(f"{section}.clip_norm", limit, Positive | None)
        for key, (least, most) in RANGES.items():
            if fits(own.get(key), float) and not least <= own[key] <= most:
                yield f"{section}.{key}={own[key]}: a number from {least:g} to {most:g} is needed"
    yield from _node(section, own, BASES.get(section, ()))


def _device(device: Any) -> Iterator[str]:
    try:
        kind = torch.device(str(device)).type
    except RuntimeError:
        kind = ""
    if kind not in ("cpu", "cuda"):
        yield f"device={shown(device)}: choose cpu, cuda or cuda:0, cuda:1, ..."
    if kind == "cuda" and not torch.cuda.is_available():
        yield f"device={device}: there is no CUDA device that this PyTorch can use; choose cpu"


def _node(path: str, node: Mapping[str, Any], bases: tuple[type, ...] = ()) -> Iterator[str]:
    """Mistakes in a section, whose class must be derived from one of ``bases`` if there are any, and in its entries."""
    try:
        built = locate(node["_target_"])
    except ImportError as error:
        yield f"{path}._target_={shown(node['_target_'])}: cannot be imported: {shown(error)}"
        return
    except Broken:
        return
    if inspect.isclass(built) and bases and not issubclass(built, bases):
        needed = " or ".join(f"{base.__module__}.{base.__qualname__}" for base in bases)
        yield f"{path}._target_={node['_target_']}: not a subclass of {needed}"
        return
    if not callable(built):
        yield f"{path}._target_={node['_target_']}: neither a class nor a function"
        return
    if inspect.isabstract(built):
        yield f"{path}._target_={node['_target_']}: an abstract class; a class derived from it is needed"
        return
    hints, arguments = hints_of_arguments(built), arguments_of(built)
    if arguments is not None and (path == "runner" or not node.get("_partial_")):
        missing = [key for key, argument in arguments.items() if is_required(argument)]
        given = [*arguments][:1] if path == "runner" else GIVEN.get(path, ())  # a runner is a function of a cell
        yield from (f"{path}.{key}: a value is needed" for key in missing if key not in (*node, *given))
    for key, value in node.items():
        if key in OF_HYDRA:
            continue
        if str(key).startswith("_") or (arguments is not None and key not in arguments):
            yield f"{path}.{key}: {node['_target_']} has no such argument. {choices(str(key), [*(arguments or {})])}"
            continue
        yield from _value(f"{path}.{key}", value, hints.get(key, Any))
        if is_section(value):
            # With _recursive_=false, the class of this section builds the inner one, and may give it further arguments.
            inner = value if node.get("_recursive_", True) else {**value, "_partial_": True}
            yield from _node(f"{path}.{key}", inner, classes_in(hints.get(key, Any)))


def _is_too_large(value: Any) -> bool:
    """Whether a number is too large for models and files."""
    if isinstance(value, list):
        return any(map(_is_too_large, value))
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf
    return is_number and not fits(value, float)


def _value(key: str, value: Any, hint: Any) -> Iterator[str]:
    most = LARGEST_INTEGER if key.endswith("seed") else MOST
    numbers = value if isinstance(value, list) else [value]
    if any(isinstance(number, int) and abs(number) > most for number in numbers):
        yield f"{key}={shown(value)}: an integer of at most {most} is needed"
        return
    if fits(value, hint) and (is_section(value) or is_plain(value)):
        return
    entry_hint = kind_of_entries(hint)
    if entry_hint is not None and isinstance(value, dict):
        for name, entry in value.items():
            yield from _value(f"{key}.{name}", entry, entry_hint)
        return
    needed = f"numbers of at most {LARGEST:g} are needed" if _is_too_large(value) else described(hint)
    group, _, name = key.rpartition(".")
    if inspect.isclass(hint) and hint not in NAMES and isinstance(value, str):
        needed = f"an option is chosen with {group.replace('.', '/')}/{name}={value}"
    yield f"{key}={shown(value)}: {needed}"
