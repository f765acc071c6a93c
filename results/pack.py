"""``python -m results.pack``: packs results into an archive without checkpoints, and unpacks such an archive."""

from __future__ import annotations

import argparse
import errno
import gzip
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from results.writing.escaping import in_one_line
from runners.cells.files import replacing
from runners.cells.terminal import one_line_errors

OF_A_CELL = (
    "config.yaml",
    "meta.json",
    "metrics.jsonl",
    "timings.jsonl",
    "probe.jsonl",
    "scaling.jsonl",
    "gallery.npz",
    "cell.log",
)
"""The files of each cell in an archive: everything that a report is made from, and the log."""

SUFFIXES = (".csv", ".parquet", ".json", ".md", ".tex", ".html", ".png", ".pdf", ".log")
"""Suffixes of the files outside the cells' folders."""

LARGEST = 4 * 10**9
"""Limit on the total size of an archive's files, bytes."""

MOST = 10**6
"""Limit on the number of files in an archive."""


class Unsafe(ValueError):  # noqa: N818 - what the archive is
    """An archive contains something other than the results of one folder."""


def pack(folder: Path, archive: Path, of_a_cell: Sequence[str] = OF_A_CELL) -> None:
    """Packs the tables and figures of a folder and the named files of its cells; equal files give equal bytes.

    Links, and files whose names :func:`unpack` would refuse, are left out.

    Raises:
        FileNotFoundError: the folder holds no cells.
        Unsafe: its own name is one that :func:`unpack` would refuse.
    """
    if not _is_plain(folder.name):
        raise Unsafe(f"{folder}: a folder with a printable name that does not begin with a dot is needed")
    if not any(folder.glob("*/meta.json")):
        raise FileNotFoundError(f"{folder}: holds no cells")
    with (
        replacing(archive) as path,
        path.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", dereference=True) as tar,  # or else files with two names become links
    ):
        for member in sorted(_members(folder, of_a_cell)):
            tar.add(member, arcname=Path(folder.name) / member.relative_to(folder), recursive=False, filter=_plain)


def _members(folder: Path, of_a_cell: Sequence[str]) -> Iterator[Path]:
    paths = [path for pattern in ("*", "figures/*") for path in folder.glob(pattern)]
    paths += [meta.with_name(name) for meta in folder.glob("*/meta.json") for name in of_a_cell]
    yield from (path for path in paths if path.is_file() and not path.is_symlink())


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Removes everything that differs between machines; None for what does not belong in an archive."""
    if not _is_result(member, Path(member.name).parts):
        return None
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member


def unpack(archive: Path, target: Path) -> Path:
    """Unpacks an untrusted archive below ``target``; returns the folder with its contents.

    It is unpacked to a temporary folder first, which is then renamed, so that the result is complete or absent. An
    existing folder is never overwritten.

    Raises:
        Unsafe: a member is not one that :func:`pack` writes, or the archive is larger than :data:`LARGEST` when
            unpacked. Nothing is written.
        OSError: the file is not an archive or is damaged, or the folder already exists. Nothing is written.
    """
    try:
        folder, size = _contents(archive)
        if size > LARGEST:
            raise Unsafe(f"{archive}: it would be larger than {LARGEST / 1e9:g} GB unpacked")
        place = target / folder
        if place.exists():
            raise FileExistsError(errno.EEXIST, "this folder already exists", str(place))
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder}.", dir=target) as temporary, tarfile.open(archive) as tar:
            for member in filter(tarfile.TarInfo.isreg, tar):
                _extract(tar, member, Path(temporary, member.name))
            (Path(temporary) / folder).rename(place)
    except Exception as error:  # damage may have any effect
        if isinstance(error, Unsafe | OSError) and not isinstance(error, gzip.BadGzipFile):
            raise
        raise OSError(f"{archive}: not an archive of results ({in_one_line(str(error))})") from error
    return place


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    """Writes the content of a regular file; its owner, mode and time are those of any new file."""
    content = tar.extractfile(member)
    assert content is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    with content, path.open("xb") as file:
        shutil.copyfileobj(content, file)


def _contents(archive: Path) -> tuple[str, int]:
    """The name of the archive's folder, and its size unpacked. Reads the whole file, to verify its checksum."""
    size, folders = 0, set[str]()
    with gzip.open(archive) as whole:
        read = 0
        while part := whole.read(2**20):
            read += len(part)
            if read > LARGEST:
                raise Unsafe(f"{archive}: it would be larger than {LARGEST / 1e9:g} GB unpacked")
    with tarfile.open(archive) as tar:
        for count, member in enumerate(tar, start=1):
            parts = Path(member.name).parts
            # Checkpoints are refused too: with one, images would be made by the code that a configuration names.
            if not parts or not _is_result(member, parts) or count > MOST:
                raise Unsafe(f"{archive}: {member.name!r} does not belong in an archive of results")
            if member.isreg():
                folders.add(parts[0])
            size += member.size
    if len(folders) != 1:
        raise Unsafe(f"{archive}: it has {len(folders)} folders; an archive of results has one")
    return folders.pop(), size


def _is_result(member: tarfile.TarInfo, parts: Sequence[str]) -> bool:
    """Whether the member is a file or a folder that :func:`pack` writes, in its place."""
    if not all(map(_is_plain, parts)) or member.name.startswith("/"):
        return False
    if member.isdir():
        return len(parts) <= 2
    if not member.isreg() or member.issparse():
        return False
    match parts:
        case (_, name):
            return Path(name).suffix in SUFFIXES
        case (_, "figures", name):
            return Path(name).suffix in SUFFIXES
        case (_, _, name):
            return name in OF_A_CELL
        case _:
            return False


def _is_plain(name: str) -> bool:
    return name.isprintable() and not name.startswith(".")


@one_line_errors(Unsafe)
def main(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results.pack",
        description="Packs tables, figures, configurations and records of an experiment, without checkpoints, into "
        "FOLDER.tar.gz, or unpacks such an archive with --unpack.",
    )
    parser.add_argument("source", metavar="FOLDER|ARCHIVE", type=Path)
    parser.add_argument("--unpack", metavar="FOLDER", type=Path, help="unpack the archive below this folder")
    options = parser.parse_args(arguments)
    source: Path = options.source
    if options.unpack is None:
        folder = source.resolve()
        archive = folder.parent / f"{folder.name}.tar.gz"
        pack(folder, archive)
        print(archive)
    else:
        print(unpack(source, options.unpack))
    return 0


if __name__ == "__main__":
    sys.exit(main())
