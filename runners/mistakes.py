"""One clear line for a mistake in the configuration."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException


def explain(error: HydraException | OmegaConfBaseException) -> str:
    """The cause of an error of Hydra's, with the key and the valid values where they are known."""
    if isinstance(error, MissingConfigException) and error.options:
        group, _, option = (error.missing_cfg_file or "").rpartition("/")
        return f"{group}={option}: there is no such option. {_choices(option, error.options)}"
    for cause in _causes(error):
        if isinstance(cause, ConfigAttributeError | ConfigKeyError) and isinstance(cause.parent_node, DictConfig):
            key = cause.full_key or str(cause.key)
            return f"{key}: there is no such key. {_choices(str(cause.key), [str(k) for k in cause.parent_node])}"
    return "  ".join(str(error).split("\n"))


def _causes(error: BaseException | None) -> list[BaseException]:
    return [] if error is None else [error, *_causes(error.__cause__)]


def _choices(given: str, valid: Sequence[str]) -> str:
    close = difflib.get_close_matches(given, valid, n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    return f"{guess}Valid: {', '.join(sorted(valid))}"
