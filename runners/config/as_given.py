"""What the user means by values of a configuration that Hydra has composed as they stand."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from runners.config.third_party import take_classes_given_outright


def take_as_given(config: DictConfig, overrides: Sequence[str]) -> None:
    """Puts into the configuration of a cell the classes that its overrides give outright, and the folder they mean."""
    take_classes_given_outright(config, overrides)
    if isinstance(config.output, str):
        config.output = str(path_as_given(config.output))


def words_as_given(words: Iterable[str]) -> list[str]:
    """``output=~/mine`` as a shell such as bash gives it: ``~`` at the beginning of a value is none to Hydra."""
    return [
        f"{key}={os.path.expanduser(value)}" if value.startswith("~") else word  # noqa: PTH111
        for word in words
        for key, _, value in [word.partition("=")]
    ]


def path_as_given(path: str) -> Path:
    """``~`` is the user's home, and a relative path begins in the folder that the command was given in.

    A job may work in another one: with ``hydra.job.chdir=true``, or on another machine.
    """
    meant = Path(os.path.expanduser(path))  # noqa: PTH111 - leaves what it does not know
    if not HydraConfig.initialized():
        return meant
    began = Path(HydraConfig.get().runtime.cwd)
    return meant if began == Path.cwd() else began / meant


# For conf/config.yaml, by which Hydra makes folders of its own. Jobs know it because they import this module.
OmegaConf.register_new_resolver("expanduser", lambda path: _expanded(path), replace=True)


def _expanded(output: object) -> str:
    if not isinstance(output, str):
        raise ValueError(f"output={'null' if output is None else output}: text is needed")
    return os.path.expanduser(output)  # noqa: PTH111 - leaves what it does not know
