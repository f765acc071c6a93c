"""The kinds of attempts: each changes something at random, and checks that a promise holds."""

from __future__ import annotations

import io
import json
import random
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pandas as pd
from omegaconf import DictConfig, OmegaConf

from results.__main__ import main as report
from results.pack import main as pack
from results.reading.collect import collect
from results.report import write_report
from results.status import status
from results.writing.formats import as_html, as_markdown, as_text
from results.writing.latex import as_latex
from results.writing.tables import Table
from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.replicas.execution import run_side_by_side
from tests.fuzz.bench import SMALL, Bench
from tests.fuzz.disturbances import ODD, disturb, mutated
from tests.runners.forked import command

KEYS = ["seed", "threads", "device", "output", "names", "bogus", "experiment", "estimator", "task", "data", "runner"]
KEYS += ["estimator.temperature", "task.latent.n", "task.layers", "task.hidden", "optimizer.lr", "optimizer.betas"]
KEYS += ["runner.steps", "runner.timeout", "runner.batch_size", "runner.extend_from", "names.estimator"]
KEYS += ["optimizer", "optimizer.schedule", "optimizer.clip_norm", "task.latent", "task.prior", "task._target_"]
KEYS += ["estimator._target_", "runner.vectorize", "runner.replicas", "runner.attempts", "hydra.sweeper.params"]
KEYS += ["hydra.sweeper.grids", "hydra.launcher", "hydra.sweeper", "hydra.job.chdir", "names", "defaults"]
KEYS += ["hydra.verbose", "hydra.job.name", "hydra.run.dir", "hydra.callbacks", "names.task", "runner.isolate"]


def command_lines(draw: random.Random, place: Path, bench: Bench) -> None:
    words = [f"{draw.choice(['', '', '+', '++', '~'])}{draw.choice(KEYS)}={draw.choice(ODD)}" for _ in range(2)]
    words = [word.encode(errors="surrogateescape").decode(errors="replace").replace("\0", "") for word in words]
    place.mkdir()
    several = ["-m"] if draw.random() < 0.3 else []
    ended = command(*several, *SMALL, f"output={place / 'out'}", *words, folder=place, cwd=place)
    printed = ended.stdout + ended.stderr
    assert "Traceback" not in printed, (words, printed)
    assert ended.returncode in (0, 1), (words, ended.returncode, printed)
    records = [json.loads(path.read_text()) for path in place.glob("out/*/meta.json")]
    well = bool(records) and all(record["status"] in ("done", "diverged", "skipped") for record in records)
    assert ended.returncode == 1 or well or "output" in " ".join(words), (words, printed)


def records(draw: random.Random, place: Path, bench: Bench) -> None:
    folder = draw.choice(bench.copy(place))
    disturb(folder / draw.choice(["meta.json", "meta.json", "config.yaml", "metrics.jsonl", "timings.jsonl"]), draw)
    found = collect(place)
    if draw.random() < 0.1:
        write_report(found)
    assert len(found.cells) == 2, found.cells
    other = found.cells[found.cells["folder"] != folder.name]
    assert set(other["status"]) <= {"done", "superseded"}, other
    found.cells.to_parquet(place / "cells.parquet")
    assert all(sign.isprintable() or sign == "\n" for sign in status(found))


def reports(draw: random.Random, place: Path, bench: Bench) -> None:
    """Files that sections of a report read, the list of requested cells, and the frames of an earlier report."""
    bench.copy(place, "measured")
    manifest = {"cells": [["estimator=nvil", "seed=0"], ["estimator=nvil", "seed=5"]], "note": "a note"}
    (place / "sweep.json").write_text(json.dumps(manifest))
    if draw.random() < 0.3:
        write_report(collect(place))
        for meta in place.glob("*/meta.json"):
            shutil.rmtree(meta.parent)
        disturb(place / draw.choice(["cells.parquet", "curves.parquet", "report.json"]), draw)
    else:
        names = ["*/probe.jsonl", "*/scaling.jsonl", "*/gallery.npz", "*/meta.json", "sweep.json"]
        disturb(draw.choice(sorted(place.glob(draw.choice(names)))), draw)
    assert report([str(place)]) in (0, 2)


def groups(draw: random.Random, place: Path, bench: Bench) -> None:
    cells = []
    for folder in bench.copy(place, "group"):
        config = OmegaConf.merge(OmegaConf.load(folder / "config.yaml"), {"output": str(place)})
        cells.append(Cell(cast("DictConfig", config)))
        record = json.loads((folder / "meta.json").read_text())
        (folder / "meta.json").write_text(json.dumps(record | {"status": draw.choice(["interrupted", "running"])}))
    for _ in range(draw.randrange(1, 3)):
        folder = draw.choice(cells).folder
        disturb(draw.choice([path for path in sorted(folder.iterdir()) if path.is_file()]), draw)
    run_side_by_side([(cell.config, []) for cell in cells])
    assert [cell.meta["status"] for cell in cells] == ["done", "done"], [cell.meta for cell in cells]


def checkpoints(draw: random.Random, place: Path, bench: Bench) -> None:
    folder = bench.copy(place)[0]
    config = OmegaConf.merge(OmegaConf.load(folder / "config.yaml"), {"output": str(place)})
    cell = Cell(cast("DictConfig", config))
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
                member.pax_headers = {draw.choice(["path", "size", "GNU.sparse.major", "mtime"]): str(draw.choice(ODD))}
                tar.addfile(member, io.BytesIO(b"abc"))
    before = {path for path in place.rglob("*") if not path.is_relative_to(target)}
    ended = pack([str(archive), "--unpack", str(target)])
    assert ended in (0, 2)
    assert {path for path in place.rglob("*") if not path.is_relative_to(target)} == before
    assert ended == 0 or not list(target.glob("*"))


def names(draw: random.Random, place: Path, bench: Bench) -> None:
    signs = "ab=+-@|`*_<>$\\{}%&#^~\n\r\t\x1b\u2028\u202e\"'é"
    name = "".join(draw.choice(signs) for _ in range(draw.randrange(1, 20)))
    table = Table(pd.DataFrame({"method": [name], "score": [1.5]}), title=name, description=name, notes=[name])
    plain = Table(pd.DataFrame({"method": ["a"], "score": [1.5]}), title="a", description="a", notes=["a"])
    for written in (as_latex, as_markdown):
        assert len(written(table).splitlines()) == len(written(plain).splitlines()), repr(name)
    assert all(sign.isprintable() or sign == "\n" for sign in as_text(table)), repr(name)
    assert as_html(table).count("<") == as_html(plain).count("<"), repr(name)


KINDS: dict[str, Callable[[random.Random, Path, Bench], None]] = {
    each.__name__: each for each in (command_lines, records, reports, checkpoints, groups, archives, names)
}
