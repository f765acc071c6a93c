"""Interprets overrides as the user meant them, where Hydra takes them literally: paths, and classes given directly."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from runners.config import PARTS, SECTIONS
from runners.config.third_party import take_classes_given_outright


def take_as_given(config: DictConfig, overrides: Sequence[str]) -> None:
    """Sets, in the configuration of a cell, the classes that its overrides give directly, and its output folder."""
    take_classes_given_outright(config, overrides)
    if isinstance(config.output, str) and config.output.strip():
        config.output = str(path_as_given(config.output))


def words_as_given(words: Iterable[str]) -> list[str]:
    """Overrides that Hydra accepts: ``~`` at the beginning of a value is expanded, as in ``output=~/mine``, which its
    grammar does not allow; and a class that is given directly may have arguments.

    Raises:
        HydraException: something other than a name chooses an option: ``estimator=null``, ``runner=[5]``.
    """
    return [_as_given(word, *word.partition("=")) for word in words]


def _as_given(word: str, key: str, equals: str, value: str) -> str:
    no_name = re.fullmatch(r"null|true|false|[-+.\d]+|\[.*", value, re.IGNORECASE | re.DOTALL)
    section = key.lstrip("+")
    if equals and no_name and (section in (*SECTIONS, "experiment") or re.search("[/@]", section)):
        raise HydraException(f"{word}: the name of an option is needed")
    if key in PARTS and value.startswith("{") and "_target_" in value:
        return f"+{word}"  # or else its keys would have to be those of the default choice, with which it is merged
    return f"{key}={os.path.expanduser(value)}" if value.startswith("~") else word  # noqa: PTH111


def path_as_given(path: str) -> Path:
    """Expands ``~``, and makes a relative path relative to the folder in which the command was run.

    A job may run in another folder: with ``hydra.job.chdir=true``, or on another machine.
    """
    expanded = Path(os.path.expanduser(path))  # noqa: PTH111 - leaves an unknown user's name as it is
    if not HydraConfig.initialized():
        return expanded
    folder = Path(HydraConfig.get().runtime.cwd)
    return expanded if folder == Path.cwd() else folder / expanded


# For conf/config.yaml, from which Hydra derives its folders. Jobs have it because they import this module.
OmegaConf.register_new_resolver("expanduser", lambda path: _expanded(path), replace=True)


def _expanded(output: object) -> str:
    if not isinstance(output, str):
        raise ValueError(f"output={'null' if output is None else output}: text is needed")
    if not output.strip():
        raise ValueError(f"output='{output}': the name of a folder is needed")
    return os.path.expanduser(output)  # noqa: PTH111 - leaves an unknown user's name as it is
