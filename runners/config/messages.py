"""One clear line for a mistake in the configuration."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

WIDE = 1000
"""Characters of a message of Hydra's."""


def explain(error: HydraException | OmegaConfBaseException) -> str:
    """The cause of an error of Hydra's, with the key and the valid values where they are known."""
    if isinstance(error, MissingConfigException) and error.options:
        group, _, option = (error.missing_cfg_file or "").rpartition("/")
        return f"{group}={option}: there is no such option. {choices(option, error.options)}"
    for cause in _causes(error):
        if isinstance(cause, ConfigAttributeError | ConfigKeyError) and isinstance(cause.parent_node, DictConfig):
            key = cause.full_key or str(cause.key)
            return f"{key}: there is no such key. {choices(str(cause.key), [str(k) for k in cause.parent_node])}"
        if isinstance(cause, ValueError) and names_key(str(cause)):
            return str(cause)
    key = getattr(error, "full_key", None)
    text = str(error)
    return f"{key}: {shown(text.splitlines()[0])}" if key and text else shown("  ".join(text.split("\n")), WIDE)


def names_key(message: str, config: DictConfig | None = None) -> str | None:
    """The key, such as ``runner.steps``, that a message begins with, as ``key=value`` or ``key: ...``; None for another
    one, or one that the configuration has not."""
    found = re.match(r"([a-z]\w*(?:\.\w+)*)[=:]", message)
    if found is None or (config is not None and not _has(config, found[1])):
        return None
    return found[1]


def _has(config: DictConfig, key: str) -> bool:
    above, _, last = key.rpartition(".")
    node = OmegaConf.select(config, above) if above else config
    return isinstance(node, DictConfig) and last in node


def shown(value: Any, most: int = 80) -> str:
    """A value in one line, which is not endless."""
    text = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in _in_words(value))
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _in_words(value: Any) -> str:
    if isinstance(value, int) and abs(value) > 10**40:  # which Python may refuse to write
        return "an integer of more than 40 digits"
    return "null" if value is None else str(value)


def with_key(message: str, section: str, node: DictConfig) -> str:
    """What a constructor says of its arguments, ``name=value: ...``, with their key, as far as it is known.

    The constructor may be that of the section or of a part inside of it.
    """
    if f"{section}." in message:
        return message
    name, equals, said = message.partition("=")
    if equals and OmegaConf.select(node, name) is not None:
        return f"{section}.{message}"
    named = [(key, value) for key, value in _leaves(node) if key.endswith(f".{name}")]
    inside = [key for key, value in named if said.startswith((str(value), repr(value)))]
    if equals and len(inside) == 1:
        return f"{section}{inside[0].removesuffix(name)}{message}"
    words = re.findall(r"[^\s=,()\[\]'\"]+", message)
    about = [(key, value) for key, value in _leaves(node) if str(value) in words]
    return ": ".join([*(f"{section}{key}={value}" for key, value in about[:1] if len(about) == 1), message])


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Keys, with a dot in front, and values of everything in a configuration that is no section; lists and entries."""
    if isinstance(node, DictConfig):
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}")
    elif isinstance(node, ListConfig):
        yield path, list(node)
        for value in node:
            yield from _leaves(value, path)
    else:
        yield path, node


def _causes(error: BaseException | None) -> list[BaseException]:
    return [] if error is None else [error, *_causes(error.__cause__)]


def choices(given: str, valid: Sequence[str]) -> str:
    close = difflib.get_close_matches(given, valid, n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    return f"{guess}Valid: {', '.join(sorted(valid))}"
