"""Estimators, tasks and data of other packages."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf

from conf import ENTRY_POINTS
from runners.config import PARTS


class InstalledConfigurations(SearchPathPlugin):
    """Lets Hydra find the configuration packages that installed distributions name in their entry points."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        for entry in entry_points(group=ENTRY_POINTS):
            search_path.append(provider=entry.name, path=f"pkg://{entry.value}")


def take_classes_given_outright(config: DictConfig, overrides: Sequence[str]) -> None:
    """Makes ``estimator={_target_: their.module.Class}`` select that class, under its own name.

    Hydra would merge the dictionary into the group's default choice, whose other keys the class does not have.
    Overrides of keys below the section, such as ``estimator.samples=2``, apply to the given class.
    """
    if not any("_target_" in word for word in overrides):  # parsing is slow
        return
    parsed = OverridesParser.create().parse_overrides(list(overrides))
    for override in parsed:
        part, node = override.key_or_group, override.value()
        if part in PARTS and isinstance(node, dict) and "_target_" in node:
            config[part] = node
            config.names[part] = str(node["_target_"]).rpartition(".")[2]
            for below in parsed:
                if below.key_or_group.startswith(f"{part}.") and not below.is_delete():
                    OmegaConf.update(config, below.key_or_group, below.value(), force_add=True)
