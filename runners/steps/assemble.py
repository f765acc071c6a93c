"""Builds the objects that a configuration names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import torch
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from estimators import Estimator, NotApplicable, build
from runners.cells.interruption import undisturbed
from runners.config.messages import with_key
from runners.steps.seeds import drawing_from
from tasks.datasets import Dataset
from tasks.task import Task

KINDS: dict[str, type] = {"estimator": Estimator, "task": Task, "data": Dataset}
"""What the classes and functions of these sections must give."""

_in_use: WeakValueDictionary[str, Dataset] = WeakValueDictionary()
"""Data sets in use, by configuration and device."""


@dataclass(frozen=True)
class Assembly:
    """The parts of a cell, on its device. ``estimators`` has one estimator per stochastic layer of the task."""

    dataset: Dataset
    task: Task
    estimators: list[Estimator]


def assemble(config: DictConfig) -> Assembly:
    """Builds data, model and estimators, with initial weights from the cell's random streams."""
    # Modules are imported here; a signal that left one half imported would break later cells in this process.
    with undisturbed():
        dataset = dataset_of(config)
        task = assemble_task(config, dataset.mean)
        with drawing_from(config.seed, "estimator weights", config.device):
            layers = zip(task.latents, task.context_sizes, strict=True)
            estimators = [build_part(config, "estimator", latent=latent, context_size=size) for latent, size in layers]
        return Assembly(dataset, task, [estimator.to(config.device) for estimator in estimators])


def dataset_of(config: DictConfig) -> Dataset:
    """The cell's data on its device. Cells that exist at the same time share it."""
    key = f"{OmegaConf.to_container(config.data, resolve=True)} on {config.device}"
    dataset = _in_use.get(key)
    if dataset is None:
        dataset = _in_use[key] = build_part(config, "data").to(config.device)
    return dataset


def assemble_task(config: DictConfig, pixel_mean: Tensor) -> Task:
    """The cell's model alone, for data with this mean image."""
    with drawing_from(config.seed, "weights", config.device):
        task: Task = build_part(config, "task", pixel_mean=pixel_mean.cpu())
    return task.to(torch.device(config.device))


def build_part(config: DictConfig, section: str, leave_out: Sequence[str] = (), **arguments: Any) -> Any:
    """Builds the object that a section of the configuration describes.

    Args:
        config: the configuration.
        section: dotted name of the section.
        leave_out: keys of the section that are not arguments of its class.
        arguments: further arguments of its class.

    Raises:
        ValueError, TypeError: the constructor's errors, with the key in the message; or it gives something else than
            :data:`KINDS`.
    """
    part = OmegaConf.select(config, section)
    try:
        # Resolved in place: values below the section may refer to others outside it.
        resolved: Any = OmegaConf.to_container(part, resolve=True)
        options = {key: value for key, value in resolved.items() if key not in leave_out}
        built = build(OmegaConf.create(options), **arguments)
    except NotApplicable:
        raise
    except (ValueError, TypeError) as error:
        raise type(error)(with_key(str(error), section, part)) from error
    kind = KINDS.get(section, object)
    if not isinstance(built, kind):
        needed = f"{kind.__module__}.{kind.__qualname__}"
        raise TypeError(f"{section}._target_={part._target_}: it gives {type(built).__name__}, not {needed}")
    return built
