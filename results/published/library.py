"""Reading published results, restoring their cells, and publishing a folder of cells."""

from __future__ import annotations

import re
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
"""The archive of the cells' folders, without checkpoints and images."""

OF_A_RECORD = tuple(name for name in OF_A_CELL if name != "gallery.npz")
"""Its files of each cell. Images would make it ten times as large."""

COMMAND = "command.txt"
"""The file with the command that made the cells."""

TABLES = ("*.csv", "*.parquet", "*.md", "*.tex")
"""The files published in addition to records and figures, except for :data:`LARGE`."""

LARGE = ("curves.csv",)
"""Large files whose content is in another file too."""

PREFIX = "published"
"""As in ``published:NAME`` on a command line."""


class Unknown(ValueError):  # noqa: N818 - describes the name
    """Nothing is published under a name, or nothing can be. The message says what is valid."""


def names(library: Path = HERE) -> list[str]:
    """The names of all published results, in alphabetical order."""
    return sorted(path.parent.name for path in library.glob(f"*/{RECORDS}"))


def location(name: str, library: Path = HERE) -> Path:
    """The folder of published results.

    Raises:
        Unknown: nothing is published under the name.
    """
    known = names(library)
    if name not in known:
        raise Unknown(f"{PREFIX}:{name}: choose one of {', '.join(known) or 'none, since nothing is published yet'}")
    return library / name


def load(name: str, library: Path = HERE) -> Results:
    """Published cells and curves as data frames; nothing is computed or downloaded.

    Raises:
        Unknown: nothing is published under the name.
    """
    folder = location(name, library)
    cells, curves = (pd.read_parquet(folder / f"{frame}.parquet") for frame in ("cells", "curves"))
    return Results(folder, cells, curves, notes=())


def read(source: str, library: Path = HERE) -> Results:
    """The published results for ``published:NAME``, or else those of a folder of cells.

    Raises:
        Unknown: nothing is published under the name.
        NoCells: the folder does not exist or holds no cells.
    """
    kind, colon, name = source.partition(":")
    return load(name, library) if colon and kind == PREFIX else collect(Path(source))


def restore(name: str, output: Path, library: Path = HERE) -> list[Path]:
    """Restores the published cells to a folder, where a sweep skips them; existing cells are left unchanged.

    Returns:
        The folders that were added.

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
    """Publishes the ended cells of a folder, together with the cells already published under the name.

    Tables and figures are made from the records of all of them, so publishing an incomplete folder removes nothing, and
    restored cells give the same tables and figures.

    Args:
        folder: with cells.
        name: the name to publish them under.
        command: the command that made them, for readers.

    Returns:
        The folder of the published results.

    Raises:
        Unknown: the name is not that of a folder of the library.
        NoCells: the folder does not exist or holds no cells.
    """
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise Unknown(f"{name!r}: a name of letters, digits, dots, hyphens and underscores is needed")
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
    """Removes the tables and figures that were published before."""
    for path in [path for pattern in TABLES for path in target.glob(pattern)]:
        path.unlink()
    shutil.rmtree(target / "figures", ignore_errors=True)


def _copy_ended_cells(source: Path, target: Path) -> None:
    """Copies the records of cells that are neither pending nor unreadable."""
    results = collect(source)
    ended = results.cells[~results.cells["status"].isin(["running", "interrupted", "missing", UNREADABLE])]
    for cell in ended["folder"]:
        for name in OF_A_RECORD:
            if (source / cell / name).is_file():
                (target / cell).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / cell / name, target / cell / name)


def _without_pdf(_: str, files: list[str]) -> set[str]:
    return {name for name in files if name.endswith(".pdf")}
