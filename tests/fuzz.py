"""``make fuzz``: a random campaign of some minutes against what docs/reliability.md promises, from a seed.

Every attempt has a number, from which alone it is drawn: ``python -m tests.fuzz --seed 0 --only records --attempt 17``
makes it again.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import random
import shutil
import sys
import tarfile
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf

import results.report
from results.pack import main as pack
from results.reading.collect import collect
from results.report import write_report
from results.status import status
from results.writing.formats import as_html, as_markdown, as_text
from results.writing.latex import as_latex
from results.writing.tables import Table
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.from_python import compose
from tests.runners.forked import command

SMALL = ["data._target_=tests.conftest.stripes", "task.latent.n=3", "runner.steps=6", "runner.evaluate_every=3"]
SMALL += ["runner.checkpoint_every=2", "runner.batch_size=10", "runner.bound_samples=2", "runner.valid_samples=2"]

ODD: list[Any] = [None, True, -1, 0, 1.5, 2**70, -(2**70), float("inf"), float("nan"), 1e308, "", "x", "\udc80", "a\nb"]
ODD += [[], {}, [1], {"a": 1}, {"a": {"b": [2**70]}}, "$\\nosuch$", "=cmd()", "<b>", "\x1b[2J", "../../x", "é" * 300]

KEYS = ["seed", "threads", "device", "output", "names", "bogus", "experiment", "estimator", "task", "data", "runner"]
KEYS += ["estimator.temperature", "task.latent.n", "task.layers", "task.hidden", "optimizer.lr", "optimizer.betas"]
KEYS += ["runner.steps", "runner.timeout", "runner.batch_size", "runner.extend_from", "names.estimator"]


class Bench:
    """A folder with two cells that are done, which attempts work on copies of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for seed in (0, 1):
            run_cell(compose(*SMALL, "estimator=nvil", f"seed={seed}", f"output={folder / 'done'}"), [])

    def copy(self, place: Path) -> list[Path]:
        """Copies the cells; returns their folders."""
        shutil.copytree(self.folder / "done", place)
        return sorted(path.parent for path in place.glob("*/meta.json"))


def mutated(content: bytes, draw: random.Random) -> bytes:
    """With some bytes changed, taken out or put in, or cut off."""
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


def command_lines(draw: random.Random, place: Path, bench: Bench) -> None:
    words = [f"{draw.choice(['', '', '+', '++', '~'])}{draw.choice(KEYS)}={draw.choice(ODD)}" for _ in range(2)]
    words = [word.encode(errors="surrogateescape").decode(errors="replace").replace("\0", "") for word in words]
    place.mkdir()
    several = ["-m"] if draw.random() < 0.3 else []
    ended = command(*several, *SMALL, f"output={place / 'out'}", *words, folder=place)
    printed = ended.stdout + ended.stderr
    assert "Traceback" not in printed, (words, printed)
    assert ended.returncode in (0, 1), (words, ended.returncode, printed)
    records = [json.loads(path.read_text()) for path in place.glob("out/*/meta.json")]
    well = bool(records) and all(record["status"] in ("done", "diverged", "skipped") for record in records)
    assert ended.returncode == 1 or well or "output" in " ".join(words), (words, printed)


def disturbed(value: Any, draw: random.Random) -> Any:
    """With something odd in the place of one of its parts, or beside them."""
    if isinstance(value, dict) and draw.random() < 0.8:
        key = draw.choice([*value, "new", "status", "optimizer.lr", "a\nb", ""])
        return value | {key: disturbed(value.get(key), draw)}
    if isinstance(value, list) and value and draw.random() < 0.8:
        place = draw.randrange(len(value))
        return [*value[:place], disturbed(value[place], draw), *value[place + 1 :]]
    return draw.choice(ODD)


def records(draw: random.Random, place: Path, bench: Bench) -> None:
    folder = draw.choice(bench.copy(place))
    path = folder / draw.choice(["meta.json", "meta.json", "config.yaml", "metrics.jsonl", "timings.jsonl"])
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
    found = collect(place)
    if draw.random() < 0.1:
        write_report(found)
    assert len(found.cells) == 2, found.cells
    other = found.cells[found.cells["folder"] != folder.name]
    assert set(other["status"]) <= {"done", "superseded"}, other
    found.cells.to_parquet(place / "cells.parquet")
    assert all(sign.isprintable() or sign == "\n" for sign in status(found))


def checkpoints(draw: random.Random, place: Path, bench: Bench) -> None:
    folder = bench.copy(place)[0]
    cell = Cell(OmegaConf.merge(OmegaConf.load(folder / "config.yaml"), {"output": str(place)}))  # type: ignore[arg-type]
    scores = cell.meta["scores"]
    record = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(record | {"status": "interrupted"}))
    path = folder / draw.choice(["checkpoint.pt", "checkpoint.previous.pt", "metrics.jsonl", "timings.jsonl"])
    if path.exists():
        path.write_bytes(mutated(path.read_bytes(), draw))
    run_cell(cell.config, [])
    assert cell.meta["status"] == "done", cell.meta["reason"]
    assert cell.meta["scores"] == scores


def archives(draw: random.Random, place: Path, bench: Bench) -> None:
    place.mkdir()
    archive, target = place / "x.tar.gz", place / "target"
    if draw.random() < 0.5:
        bench.copy(place / "cells")
        assert pack([str(place / "cells")]) == 0
        archive.write_bytes(mutated((place / "cells.tar.gz").read_bytes(), draw))
    else:
        with tarfile.open(archive, "w:gz") as tar:
            for _ in range(draw.randrange(1, 4)):
                names = [
                    "r/cells.csv",
                    "r/c/meta.json",
                    "../x",
                    "/x",
                    ".",
                    "./a",
                    "r",
                    "r/c/checkpoint.pt",
                    "r/a\nb.csv",
                ]
                member = tarfile.TarInfo(draw.choice(names))
                member.type = draw.choice([tarfile.REGTYPE] * 3 + [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
                member.linkname, member.size = "../../x", 3 if member.type == tarfile.REGTYPE else 0
                tar.addfile(member, io.BytesIO(b"abc"))
    before = {path for path in place.rglob("*") if not path.is_relative_to(target)}
    ended = pack([str(archive), "--unpack", str(target)])
    assert ended in (0, 2)
    assert {path for path in place.rglob("*") if not path.is_relative_to(target)} == before
    assert ended == 0 or not list(target.glob("*"))


def names(draw: random.Random, place: Path, bench: Bench) -> None:
    import pandas as pd

    signs = "ab=+-@|`*_<>$\\{}%&#^~\n\r\t\x1b\u2028\u202e\"'é"
    name = "".join(draw.choice(signs) for _ in range(draw.randrange(1, 20)))
    table = Table(pd.DataFrame({"method": [name], "score": [1.5]}), title=name, description=name, notes=[name])
    plain = Table(pd.DataFrame({"method": ["a"], "score": [1.5]}), title="a", description="a", notes=["a"])
    for written in (as_latex, as_markdown):
        assert len(written(table).splitlines()) == len(written(plain).splitlines()), repr(name)
    assert all(sign.isprintable() or sign == "\n" for sign in as_text(table)), repr(name)
    assert as_html(table).count("<") == as_html(plain).count("<"), repr(name)


KINDS: dict[str, Callable[[random.Random, Path, Bench], None]] = {
    each.__name__: each for each in (command_lines, records, checkpoints, archives, names)
}


def attempt(seed: int, kind: str, number: int, bench: Bench) -> str | None:
    """Makes one attempt; what went wrong."""
    place = bench.folder / "attempt"
    shutil.rmtree(place, ignore_errors=True)
    try:
        KINDS[kind](random.Random(f"{seed}/{kind}/{number}"), place, bench)
    except Exception:
        return traceback.format_exc()
    return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--only", choices=KINDS, help="this kind alone")
    parser.add_argument("--attempt", type=int, help="this attempt alone, of the kind")
    given = parser.parse_args()
    kinds = [given.only] if given.only else list(KINDS)
    found, number, end = [], given.attempt or 0, time.monotonic() + 60 * given.minutes
    results.report.draw = lambda figures, folder: []  # drawing takes longer than all else
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        while True:
            for kind in kinds:
                with open(os.devnull, "w") as nowhere:  # noqa: PTH123
                    printed, sys.stdout = sys.stdout, nowhere
                    errors, sys.stderr = sys.stderr, nowhere
                    try:
                        wrong = attempt(given.seed, kind, number, bench)
                    finally:
                        sys.stdout, sys.stderr = printed, errors
                if wrong:
                    found.append(f"--seed {given.seed} --only {kind} --attempt {number}")
                    print(f"{found[-1]}\n{wrong}", flush=True)
            number += 1
            if given.attempt is not None or time.monotonic() > end:
                break
    print(f"{number} attempts of each kind, {len(found)} findings", *found, sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    multiprocessing.set_start_method("fork", force=True)
    sys.exit(main())
