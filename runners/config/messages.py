"""One-line messages for mistakes in a configuration."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException, ValidationError

WIDE = 1000
"""Length limit of a message of Hydra's, characters."""

RESOLVER = " raised while resolving interpolation: "
"""Stands between the class of a resolver's error and its text."""


def explain(error: HydraException | OmegaConfBaseException) -> str:
    """The cause of an error of Hydra's, with the key and the valid values if they are known."""
    if isinstance(error, OverrideParseException):
        key, equals, _ = error.override.partition("=")
        if not equals:
            return f"{shown(error.override)}: KEY=VALUE is needed"
        return (
            f"{shown(error.override)}: this cannot be read. Text with special characters needs quotes: \"{key}='...'\""
        )
    if isinstance(error, MissingConfigException) and error.options:
        group, _, option = (error.missing_cfg_file or "").rpartition("/")
        if group == "estimator":
            from estimators.other_names import name_here  # imports PyTorch, which help does without

            if name := name_here(option):
                return f"{group}={option}: it is called {name} here, see docs/estimators.md"
        return f"{group}={option}: there is no such option. {choices(option, error.options)}"
    for cause in _causes(error):
        if isinstance(cause, ConfigAttributeError | ConfigKeyError) and isinstance(cause.parent_node, DictConfig):
            key = cause.full_key or str(cause.key)
            return f"{key}: there is no such key. {choices(str(cause.key), [str(k) for k in cause.parent_node])}"
        if isinstance(cause, ValidationError) and cause.full_key:
            return f"{cause.full_key}: {shown(reason(str(cause)))}"
        if isinstance(cause, ValueError) and names_key(str(cause)):
            return str(cause)
    key, text = getattr(error, "full_key", None), str(error)
    if key in ("hydra.run.dir", "hydra.sweep.dir"):
        key = "output"  # which both refer to
    if RESOLVER in text and names_key(reason(text)):
        return shown(reason(text), WIDE)
    return f"{key}: {shown(reason(text))}" if key and text else shown("  ".join(text.split("\n")), WIDE)


def reason(text: str) -> str:
    """The first line of an error of OmegaConf's; of one that a resolver raised, the resolver's own text."""
    return text.split("\n")[0].rpartition(RESOLVER)[2].strip("\"'")


def names_key(message: str, config: DictConfig | None = None) -> str | None:
    """The key, such as ``runner.steps``, at the beginning of a message ``key=value`` or ``key: ...``.

    None if the message has no key there, or one that the configuration does not have.
    """
    match = re.match(r"([a-z]\w*(?:\.\w+)*)[=:]", message)
    if match is None or (config is not None and not _has(config, match[1])):
        return None
    return match[1]


def _has(config: DictConfig, key: str) -> bool:
    parent, _, last = key.rpartition(".")
    node = OmegaConf.select(config, parent) if parent else config
    return isinstance(node, DictConfig) and last in node


def shown(value: Any, most: int = 80) -> str:
    """A value in one line of limited length."""
    text = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in _in_words(value))
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _in_words(value: Any) -> str:
    if isinstance(value, int) and abs(value) > 10**40:  # which Python may refuse to write
        return "an integer of more than 40 digits"
    return "null" if value is None else str(value)


def with_key(message: str, section: str, node: DictConfig) -> str:
    """The message of a constructor about its argument, ``name=value: ...``, with the full key if it can be determined.

    The constructor may be that of the section or of a part inside it.
    """
    if f"{section}." in message:
        return message
    named = re.match(r"(?:[A-Z]\w*\.)?((\w+)[=:].*)", message, re.DOTALL)  # name=value, name: or Class.name:
    if named and OmegaConf.select(node, named[2]) is not None:
        return f"{section}.{named[1]}"
    name, equals, rest = message.partition("=")
    named = [(key, value) for key, value in _leaves(node) if key.endswith(f".{name}")]
    inside = [key for key, value in named if rest.startswith((str(value), repr(value)))]
    if equals and len(inside) == 1:
        return f"{section}{inside[0].removesuffix(name)}{message}"
    words = re.findall(r"[^\s=,()\[\]'\"]+", message)
    leaves = [(key, str(value)) for key, value in _leaves(node)]
    mentioned = {(key, value) for key, value in leaves if value in words}
    mentioned = mentioned or {(key, value) for key, value in dict(reversed(leaves)).items() if key[1:] in words}
    return ": ".join([*(f"{section}{key}={value}" for key, value in mentioned if len(mentioned) == 1), message])


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Keys, with a leading dot, and values of everything in a configuration but sections; lists and their entries."""
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
    """``Did you mean lr? Valid: lr, momentum``."""
    close = difflib.get_close_matches(given, valid, n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    return f"{guess}Valid: {', '.join(sorted(valid))}"
