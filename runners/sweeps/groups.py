"""Groups the cells of a sweep that are trained as replicas, and turns each group into one job for a launcher.

The cells of a group have the same overrides except in the sections of :data:`OWN`. Its job has the overrides of its
first cell and, under :data:`KEY`, those of every cell, so that any launcher can run it without knowing about groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict

OWN = ("seed", "optimizer", "auxiliary_optimizer")
"""Sections of the configuration in which replicas may differ."""

KEY = "side_by_side"


def grouped(cells: Sequence[list[str]], at_most: int) -> list[list[list[str]]]:
    """The groups of a sweep's cells, given by their overrides, with at most ``at_most`` cells in each.

    Raises:
        HydraException: ``at_most`` is not an integer of at least 1.
    """
    if not isinstance(at_most, int) or at_most < 1:
        raise HydraException(f"runner.replicas={at_most}: an integer of at least 1 is needed")
    groups: dict[frozenset[str], list[list[str]]] = {}
    for cell in cells:
        groups.setdefault(frozenset(override for override in cell if not _is_own(override)), []).append(cell)
    return [part for group in groups.values() for part in _even_parts(group, at_most)]


def cells_of_job(config: DictConfig) -> Iterator[tuple[DictConfig, list[str]]]:
    """The configuration and the overrides of every cell of the current job, given the job's configuration."""
    loader, job = GlobalHydra.instance().config_loader(), HydraConfig.instance().cfg
    replicas: Any = OmegaConf.to_container(config[KEY], resolve=False)
    for overrides in replicas:
        cell = loader.load_sweep_config(cast("DictConfig", job), overrides)
        with open_dict(cell):
            del cell["hydra"]
        yield cell, overrides


def _is_own(override: str) -> bool:
    """Whether an override is in :data:`OWN`: ``+optimizer.lr=1e-3``, ``optimizer@auxiliary_optimizer=sgd``."""
    key = override.lstrip("+~").partition("=")[0]
    return key.partition(".")[0].partition("@")[0] in OWN


def job_of(cells: Sequence[list[str]]) -> list[str]:
    """The overrides of the job that runs a group."""
    if len(cells) == 1:
        return cells[0]
    lists = (",".join(QuotedString(word, Quote.double).with_quotes() for word in cell) for cell in cells)
    return [*cells[0], f"+{KEY}=[{','.join(f'[{words}]' for words in lists)}]"]


def _even_parts(cells: list[list[str]], at_most: int) -> Iterator[list[list[str]]]:
    parts = -(-len(cells) // at_most)
    for part in range(parts):
        yield cells[part * len(cells) // parts : (part + 1) * len(cells) // parts]
