"""Reading what was published, putting its cells back, and publishing a folder of cells."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pandas as pd

from results.pack import OF_A_CELL, pack, unpack
from results.reading.collect import Results, collect
from results.reading.statuses import UNREADABLE
from results.report import write_report

HERE = Path(__file__).parent

RECORDS = "records.tar.gz"
"""The folders of all cells, without checkpoints and images."""

OF_A_RECORD = tuple(name for name in OF_A_CELL if name != "gallery.npz")
"""What they have of each cell. Images would make them ten times as large, and figures show those that matter."""

COMMAND = "command.txt"
"""How the cells were made."""

TABLES = ("*.csv", "*.parquet", "*.md", "*.tex")
"""What is published beside the records and the figures, but for what is large and stands in another file too."""

LARGE = ("curves.csv",)


PREFIX = "published"
"""Of ``published:NAME`` on a command line."""


class Unknown(ValueError):  # noqa: N818 - the name says it
    """Nothing is published under a name. The message lists what is."""


def names(library: Path = HERE) -> list[str]:
    """What is published, in alphabetical order."""
    return sorted(path.parent.name for path in library.glob(f"*/{RECORDS}"))


def location(name: str, library: Path = HERE) -> Path:
    """The folder of what is published under a name.

    Raises:
        Unknown: nothing is.
    """
    known = names(library)
    if name not in known:
        raise Unknown(f"{PREFIX}:{name}: choose one of {', '.join(known) or 'none, since nothing is published yet'}")
    return library / name


def load(name: str, library: Path = HERE) -> Results:
    """The cells and curves that were published under a name, as data frames; nothing is computed or downloaded.

    Raises:
        Unknown: nothing was.
    """
    folder = location(name, library)
    cells, curves = (pd.read_parquet(folder / f"{frame}.parquet") for frame in ("cells", "curves"))
    return Results(folder, cells, curves, notes=())


def read(source: str, library: Path = HERE) -> Results:
    """The results that ``published:NAME`` stands for, or those of a folder of cells.

    Raises:
        Unknown: nothing is published under the name.
        NoCells: the folder does not exist or holds no cells.
    """
    kind, colon, name = source.partition(":")
    return load(name, library) if colon and kind == PREFIX else collect(Path(source))


def restore(name: str, output: Path, library: Path = HERE) -> list[Path]:
    """Puts the published cells into a folder, where a sweep skips them; those that are there already stay as they are.

    Returns:
        the folders that were added.

    Raises:
        Unknown: nothing is published under the name.
    """
    archive = location(name, library) / RECORDS
    output.mkdir(parents=True, exist_ok=True)
    added = []
    with tempfile.TemporaryDirectory(dir=output, prefix=".restored-") as temporary:
        for cell in sorted(path.parent for path in unpack(archive, Path(temporary)).glob("*/meta.json")):
            if not (output / cell.name / "meta.json").exists():
                shutil.rmtree(output / cell.name, ignore_errors=True)
                added.append(cell.rename(output / cell.name))
    return added


def publish(folder: Path, name: str, command: str, library: Path = HERE) -> Path:
    """Publishes the ended cells of a folder, together with those published under the name that it lacks.

    Tables and figures are made of all of them. So a folder that lost cells, with its machine, takes none away.

    Args:
        folder: with cells.
        name: what they are published as.
        command: how they were made, for the reader.

    Returns:
        the folder of what is published.
    """
    target = library / name
    with tempfile.TemporaryDirectory() as temporary:
        gathered = Path(temporary) / name
        _copy_ended_cells(folder, gathered)
        if (target / RECORDS).exists():
            restore(name, gathered, library)
        target.mkdir(parents=True, exist_ok=True)
        pack(gathered, target / RECORDS, OF_A_RECORD)
        write_report(collect(gathered))
        _remove_report(target)
        for pattern in TABLES:
            for path in (path for path in sorted(gathered.glob(pattern)) if path.name not in LARGE):
                shutil.copyfile(path, target / path.name)
        if (gathered / "figures").is_dir():
            shutil.copytree(gathered / "figures", target / "figures", dirs_exist_ok=True, ignore=_without_pdf)
    (target / COMMAND).write_text(command.rstrip() + "\n")
    return target


def _remove_report(target: Path) -> None:
    """The tables and figures that were published before."""
    for path in [path for pattern in TABLES for path in target.glob(pattern)]:
        path.unlink()
    shutil.rmtree(target / "figures", ignore_errors=True)


def _copy_ended_cells(source: Path, target: Path) -> None:
    """The records of cells that are neither running nor interrupted."""
    results = collect(source)
    ended = results.cells[~results.cells["status"].isin(["running", "interrupted", "missing", UNREADABLE])]
    for cell in ended["folder"]:
        for name in OF_A_CELL:
            if (source / cell / name).is_file():
                (target / cell).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / cell / name, target / cell / name)


def _without_pdf(_: str, files: list[str]) -> set[str]:
    return {name for name in files if name.endswith(".pdf")}
