"""Cells in a program or a notebook: composed as on the command line, and run as in a sweep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import hydra
from hydra import initialize_config_module
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from runners.cells.cell import Cell
from runners.cells.ending import Ending
from runners.cells.execution import run_cell
from runners.cells.record import Record
from runners.config.as_given import take_as_given, words_as_given
from runners.config.messages import explain, shown
from runners.config.third_party import InstalledConfigurations
from runners.config.validation import mistakes_in
from runners.sweeps.sweepers import register_sweepers


def compose(*overrides: str) -> DictConfig:
    """The configuration of one cell, resolved, from overrides as on the command line.

    ``compose("estimator=rebar", "task=vae_categorical", "runner.steps=1000", "output=outputs/mine")``

    Raises:
        TypeError: an override is not text.
        ValueError: an override names a key or an option that does not exist, or a value is invalid. The message is the
            same as on the command line.
    """
    for word in overrides:
        if not isinstance(word, str):
            raise TypeError(f"overrides: texts such as 'estimator=rebar' are needed, not {shown(word)}")
    Plugins.instance().register(InstalledConfigurations)
    register_sweepers()
    try:
        with initialize_config_module("conf", version_base="1.3"):
            config = hydra.compose("config", words_as_given(overrides), return_hydra_config=True)
        HydraConfig.instance().set_config(config)  # the names of a cell's parts are taken from it
        with open_dict(config):
            del config["hydra"]
        take_as_given(config, words_as_given(overrides))
        OmegaConf.resolve(config)
    except (HydraException, OmegaConfBaseException) as error:
        raise ValueError(explain(error)) from None
    mistakes = list(mistakes_in(config))
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return config


def run_cells(cells: Iterable[DictConfig]) -> list[Record]:
    """Runs cells one after the other, each in its folder below its ``output``. Finished cells are not run again.

    Returns:
        The record of each cell, which is the content of its ``meta.json``: status, reason, scores in nats, versions,
        machine. For a configuration with a mistake, which leaves no folder, only status and reason.

    Raises:
        TypeError: these are not configurations of cells; none is run.
    """
    needed = "cells: a list of configurations from runners.compose is needed"
    if isinstance(cells, DictConfig | str) or not isinstance(cells, Iterable):
        raise TypeError(f"{needed}, not {'one alone' if isinstance(cells, DictConfig) else shown(cells)}")
    configs = list(cells)
    for config in configs:
        if not (isinstance(config, DictConfig) and isinstance(config.get("output"), str)):
            raise TypeError(f"{needed}; one of its entries is {shown(config)}")
    return [_record(*run_cell(config, overrides=[])) for config in configs]


def _record(cell: Cell, ending: Ending) -> Record:
    recorded = cell.meta if ending.folder != str(cell.output) else None
    return recorded or cast("Record", {"status": ending.status, "reason": ending.reason})
