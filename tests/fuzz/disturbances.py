"""Random changes of values and of files."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import yaml

ODD: list[Any] = [None, True, -1, 0, 1.5, 2**70, -(2**70), float("inf"), float("nan"), 1e308, "", "x", "\udc80", "a\nb"]
ODD += [[], {}, [1], {"a": 1}, {"a": {"b": [2**70]}}, "$\\nosuch$", "=cmd()", "<b>", "\x1b[2J", "../../x", "é" * 300]


def mutated(content: bytes, draw: random.Random) -> bytes:
    """The content with some bytes changed, removed or inserted, or truncated."""
    changed = bytearray(content)
    for _ in range(draw.choice([1, 1, 3, 20])):
        at = draw.randrange(len(changed) + 1)
        match draw.randrange(4):
            case 0 if at < len(changed):
                changed[at] = draw.randrange(256)
            case 1:
                changed[at:at] = draw.randbytes(draw.randrange(9))
            case 2:
                del changed[at : at + draw.randrange(99)]
            case _:
                del changed[at if draw.random() < 0.2 else len(changed) :]
    return bytes(changed)


def disturbed(value: Any, draw: random.Random) -> Any:
    """The value with one of its parts replaced by something odd, or with another part."""
    if isinstance(value, dict) and draw.random() < 0.8:
        key = draw.choice([*value, "new", "status", "optimizer.lr", "a\nb", ""])
        return value | {key: disturbed(value.get(key), draw)}
    if isinstance(value, list) and value and draw.random() < 0.8:
        place = draw.randrange(len(value))
        return [*value[:place], disturbed(value[place], draw), *value[place + 1 :]]
    return draw.choice(ODD)


def disturb(path: Path, draw: random.Random) -> None:
    """Changes the bytes of a file, or its content if the format is known."""
    match path.suffix, draw.random() < 0.7:
        case ".json", True:
            path.write_text(json.dumps(disturbed(json.loads(path.read_text()), draw)))
        case ".yaml", True:
            path.write_text(yaml.safe_dump(disturbed(yaml.safe_load(path.read_text()), draw), allow_unicode=True))
        case ".jsonl", True:
            entries = disturbed([json.loads(line) for line in path.read_text().splitlines()], draw)
            path.write_text(
                "".join(f"{json.dumps(entry)}\n" for entry in (entries if isinstance(entries, list) else []))
            )
        case _:
            path.write_bytes(mutated(path.read_bytes(), draw))
