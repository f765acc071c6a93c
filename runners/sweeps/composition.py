"""Composes the cells of a sweep, fast enough to find out which of a thousand cells are finished."""

from __future__ import annotations

import copy
import functools
from collections.abc import Sequence
from typing import Any, cast

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict

from runners.cells.cell import Cell
from runners.config.as_given import take_as_given


class Composition:
    """Composes the configurations of cells.

    Choices such as ``estimator=rloo`` are composed by Hydra once for all cells that share them; then the values of each
    cell are set, as Hydra does. Hydra alone would read and merge the same twenty files for every cell.

    Args:
        loader: Hydra's configuration loader.
        master: the configuration of the sweep.
    """

    def __init__(self, loader: ConfigLoaderImpl, master: DictConfig) -> None:
        self.loader, self.master = loader, master
        self.composed: dict[tuple[str, ...], tuple[DictConfig, DictConfig]] = {}

    def config(self, overrides: Sequence[str]) -> tuple[DictConfig, DictConfig]:
        """The configuration of a cell with these overrides, not resolved, and its Hydra configuration.

        Raises:
            HydraException: the overrides cannot be composed.
        """
        choices, values = [], []
        for word in overrides:
            override = _parsed(word)
            if self._is_choice(override):
                if isinstance(override.value(), int | float | list):
                    raise HydraException(f"{word}: the name of an option is needed")
                choices.append(word)
            else:
                values.append(override)
        own, hydra = self._chosen(tuple(choices))
        config = copy.deepcopy(own)
        ConfigLoaderImpl._apply_overrides_to_config(values, config)
        return config, hydra

    def cell(self, overrides: Sequence[str]) -> Cell:
        """The cell that a job with these overrides runs.

        Raises:
            HydraException, OmegaConfBaseException: the overrides cannot be composed, or refer to a key that does not
                exist.
        """
        config, hydra = self.config(overrides)
        before = HydraConfig.instance().cfg
        HydraConfig.instance().cfg = cast("Any", hydra)  # the names of a cell's parts are taken from it
        try:
            take_as_given(config, overrides)
            OmegaConf.resolve(config)
        finally:
            HydraConfig.instance().cfg = before
        return Cell(config, overrides)

    def _is_choice(self, override: Override) -> bool:
        """Whether Hydra treats an override as the choice of an option, and not as a mapping to merge into a group."""
        return self.loader.repository.group_exists(override.key_or_group) and not isinstance(override.value(), dict)

    def _chosen(self, words: tuple[str, ...]) -> tuple[DictConfig, DictConfig]:
        """The configuration of a cell with these choices and no values, and its Hydra configuration."""
        if words not in self.composed:
            config = self.loader.load_sweep_config(self.master, list(words))
            hydra = cast("DictConfig", OmegaConf.masked_copy(config, "hydra"))
            with open_dict(config):
                del config["hydra"]
            self.composed[words] = config, hydra
        return self.composed[words]


@functools.cache  # the cells of a sweep share most overrides
def _parsed(word: str) -> Any:
    return OverridesParser.create().parse_override(word)
