"""Checks values against type annotations: those of a constructor for a configuration, of a record for a file."""

from __future__ import annotations

import inspect
import math
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

NAMES = {int: "an integer", float: "a finite number", bool: "true or false", str: "text", type(None): "null"}

LARGEST_INTEGER = 2**63 - 1
"""The largest integer that tables and files hold."""

LARGEST = 3.4e38
"""The largest number that models hold, which compute in float32."""

LONGEST = 3e8
"""The longest time limit, seconds: almost ten years."""


@dataclass(frozen=True)
class Within:
    """Restricts the numbers of an annotation to those from ``least`` to ``most``, which are called ``words``."""

    words: str
    least: float
    most: float = math.inf

    def allows(self, number: float) -> bool:
        return self.least <= number <= self.most


@dataclass(frozen=True)
class Short:
    """Restricts the text of an annotation to ``most`` characters, which is called ``words``."""

    words: str
    most: int

    def allows(self, text: str) -> bool:
        return len(text) <= self.most


Count = Annotated[int, Within("an integer of at least 1", 1)]
Steps = Annotated[int, Within("an integer of at least 0", 0)]
Positive = Annotated[float, Within("a positive number", sys.float_info.min)]
Seconds = Annotated[float, Within(f"a positive number of at most {LONGEST:g} seconds", sys.float_info.min, LONGEST)]
TimeLimit = Seconds | None
Name = Annotated[str, Short("text of at most 100 characters", 100)]


def fits(value: Any, hint: Any) -> bool:
    """Whether a value made of plain containers matches the type hint. A dictionary matches a ``TypedDict`` if the
    entries that both have match."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any or hint is inspect.Parameter.empty or hint is object:
        return True
    if origin is Annotated:
        limits = (limit for limit in arguments[1:] if isinstance(limit, Within | Short))
        return fits(value, arguments[0]) and all(limit.allows(value) for limit in limits)
    if origin in (Union, types.UnionType):
        return any(fits(value, option) for option in arguments)
    if origin is Literal:
        return isinstance(value, str | int | bool) and value in arguments
    if hint in (int, float):
        number = isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
        return number and -LARGEST <= value <= LARGEST and (isinstance(value, float) or abs(value) <= LARGEST_INTEGER)
    if hint is str:
        return is_text(value)
    if hint is None or hint is type(None):
        return value is None
    if is_typeddict(hint):
        return isinstance(value, dict) and not misfits(value, hint)
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return isinstance(value, dict) and all(
            fits(k, arguments[0]) and fits(v, arguments[1]) for k, v in value.items()
        )
    if is_sequence(origin):
        kinds = [kind for kind in arguments if kind is not Ellipsis] or [Any]
        of_this_length = isinstance(value, list) and length_of(hint) in (None, len(value))
        return of_this_length and all(any(fits(item, kind) for kind in kinds) for item in value)
    if isinstance(value, Mapping):
        return is_section(value)
    return isinstance(value, hint) if inspect.isclass(hint) else not isinstance(value, str | int | float | list | None)


def is_section(value: Any) -> bool:
    """Whether a value is a mapping with a ``_target_``, whose entries are checked separately."""
    return isinstance(value, Mapping) and "_target_" in value


def length_of(hint: Any) -> int | None:
    """The number of entries of ``tuple[X, Y]``; None for other hints."""
    arguments = get_args(hint)
    return len(arguments) if get_origin(hint) is tuple and Ellipsis not in arguments else None


def classes_in(hint: Any) -> tuple[type, ...]:
    """The classes of which a section may be an instance; none if the hint also allows others."""
    others = [option for option in _options(hint) if option not in NAMES and option is not None]
    known = all(
        inspect.isclass(option) and option not in (object, Any) and not is_protocol(option) for option in others
    )
    return tuple(others) if known else ()


def is_protocol(option: Any) -> bool:
    return bool(getattr(option, "_is_protocol", False)) or get_origin(option) is not None


def is_text(value: Any) -> bool:
    """Whether a value is text that can be written to a file: half of a surrogate pair cannot."""
    return isinstance(value, str) and (value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value))


def misfits(entries: Mapping[str, Any], schema: Any) -> list[str]:
    """The keys of a ``TypedDict`` whose values do not match it. Further entries are allowed, and any may be absent."""
    hints = hints_of(schema)
    return [key for key, value in entries.items() if key in hints and not fits(value, hints[key])]


@cache
def hints_of(schema: Any) -> Mapping[str, Any]:
    """The types of the entries of a ``TypedDict``; thousands of records are checked against few of them."""
    hints = get_type_hints(schema, include_extras=True)
    return {key: get_args(hint)[0] if get_origin(hint) is NotRequired else hint for key, hint in hints.items()}


def described(hint: Any) -> str:
    """What a type hint requires, in words: ``an integer or null is needed``, ``choose one of a, b``."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return f"choose one of {', '.join(map(str, arguments))}"
    known = [words for kind in _options(hint) if (words := _words(kind)) is not None]
    if is_sequence(origin):
        entries = dict.fromkeys(
            described(kind).removesuffix(" is needed") for kind in arguments if kind is not Ellipsis
        )
        length = f" of {length_of(hint)}" if length_of(hint) else ""
        known = [f"a list{length}, each of whose entries is {' or '.join(entries)},"]
    return f"{' or '.join(known) or 'a section with a _target_'} is needed"


def _options(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _words(kind: Any) -> str | None:
    if get_origin(kind) is Annotated:
        plain, *limits = get_args(kind)
        return next((limit.words for limit in limits if isinstance(limit, Within | Short)), NAMES.get(plain))
    return NAMES.get(kind)


def kind_of_entries(hint: Any) -> Any:
    """The type of a mapping's entries, ``X`` for ``Mapping[str, X] | None``; None for other hints."""
    for option in _options(hint):
        origin = get_origin(option)
        if inspect.isclass(origin) and issubclass(origin, Mapping):
            return get_args(option)[1]
    return None


def is_sequence(origin: Any) -> bool:
    return inspect.isclass(origin) and issubclass(origin, Sequence)


def is_plain(value: Any, depth: int = 32) -> bool:
    """Whether a value consists of texts, numbers that files can hold, and containers of these up to some depth."""
    if isinstance(value, dict):
        return depth > 0 and all(is_text(k) and is_plain(v, depth - 1) for k, v in value.items())
    if isinstance(value, list):
        return depth > 0 and all(is_plain(item, depth - 1) for item in value)
    if isinstance(value, int):
        return abs(value) <= LARGEST_INTEGER
    return value is None or is_text(value) or (isinstance(value, float) and math.isfinite(value))
