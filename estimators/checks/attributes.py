"""The state of an estimator: buffers, parameters, and other Python attributes of its modules."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy
import torch
from torch import Tensor, nn

from estimators.estimator import Estimator

OF_TORCH = frozenset(vars(nn.Module()))
CONTAINERS = (list, tuple, deque, set, dict)


@dataclass(frozen=True)
class Place:
    """An attribute of one of the estimator's modules, or of its class."""

    module: str
    name: str
    of_class: bool = False

    def owner(self, estimator: Estimator) -> Any:
        module = estimator.get_submodule(self.module)
        return type(module) if self.of_class else module

    def value(self, estimator: Estimator) -> Any:
        return fingerprint(getattr(self.owner(estimator), self.name))

    def set(self, estimator: Estimator, number: float) -> None:
        """Replaces the number there by another one of the same type; does nothing for a container."""
        present = getattr(self.owner(estimator), self.name)
        if isinstance(present, Tensor) and present.numel() == 1:
            setattr(self.owner(estimator), self.name, torch.full_like(present, number))
        elif isinstance(present, int | float) and not self.of_class:
            setattr(estimator.get_submodule(self.module), self.name, type(present)(number))

    def __str__(self) -> str:
        return f"{self.module}.{self.name}" if self.module else self.name


def fingerprint(value: Any) -> Any:
    """Numbers, and containers of numbers, in a form that can be compared; None for everything else."""
    if isinstance(value, Tensor):
        return tuple(value.detach().double().flatten().tolist()) if value.numel() < 1_000 else value.numel()
    if isinstance(value, numpy.ndarray | numpy.generic):
        return fingerprint(torch.as_tensor(value))
    if isinstance(value, dict):
        return tuple((str(key), fingerprint(each)) for key, each in value.items())
    if isinstance(value, list | tuple | deque):
        return tuple(fingerprint(each) for each in value)
    if isinstance(value, set):
        return tuple(sorted(map(str, value)))
    return value if isinstance(value, int | float | str) else None


def places(estimator: Estimator) -> Iterator[tuple[Place, Any]]:
    """Attributes that are not in the state_dict, including class attributes of plain types."""
    for path, module in estimator.named_modules():
        for name, value in vars(module).items():
            if name not in OF_TORCH:
                yield Place(path, name), value
        for name in module._non_persistent_buffers_set:
            yield Place(path, name), getattr(module, name)
        for cls in type(module).__mro__:
            if cls in (Estimator, nn.Module) or cls.__module__.startswith("torch."):
                break
            for name, value in vars(cls).items():
                if not name.startswith("__") and isinstance(value, int | float | list | dict | deque | Tensor):
                    yield Place(path, name, of_class=True), value


def outside_of_state_dict(estimator: Estimator) -> dict[Place, Any]:
    """Values of the attributes outside the state_dict, by place."""
    return {place: fingerprint(value) for place, value in places(estimator)}


def numbers_of(estimator: Estimator) -> dict[Place, float]:
    """Single finite numbers, in attributes and in all buffers."""
    found = [(place, value) for place, value in places(estimator) if not place.of_class]
    for path, module in estimator.named_modules():
        found += [(Place(path, name), value) for name, value in module.named_buffers(recurse=False)]
    numbers = {
        place: value.item() if isinstance(value, Tensor) and value.numel() == 1 else value for place, value in found
    }
    return {
        place: value
        for place, value in numbers.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def kept(estimator: Estimator) -> int:
    """Number of elements in its buffers and containers."""
    buffers = sum(buffer.numel() for buffer in estimator.buffers())
    return buffers + sum(count(value) for _, value in places(estimator))


def count(value: Any, depth: int = 4) -> int:
    if isinstance(value, Tensor | numpy.ndarray):
        return value.numel() if isinstance(value, Tensor) else value.size
    if isinstance(value, CONTAINERS) and depth:
        inside = value.values() if isinstance(value, dict) else value
        return len(value) + sum(count(each, depth - 1) for each in inside)
    return 0
