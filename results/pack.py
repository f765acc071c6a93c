"""``python -m results.pack``: the results of an experiment as one archive, without checkpoints, and back."""

from __future__ import annotations

import argparse
import errno
import gzip
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from runners.cells.files import replacing

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
"""What an archive has of each cell: everything that a report is made from, and the log."""


SUFFIXES = (".csv", ".parquet", ".json", ".md", ".tex", ".html", ".png", ".pdf", ".log")
"""Of the files beside the cells."""

LARGEST = 4 * 10**9
"""Bytes of an archive's files together."""

MOST = 10**6
"""Files in an archive."""


class Unsafe(ValueError):  # noqa: N818 - what the archive is
    """An archive that holds something else than the results of one folder."""


def pack(folder: Path, archive: Path, of_a_cell: Sequence[str] = OF_A_CELL) -> None:
    """Writes tables and figures of a folder, and these files of its cells; the same files give the same bytes.

    Raises:
        FileNotFoundError: the folder holds no cells.
    """
    if not any(folder.glob("*/meta.json")):
        raise FileNotFoundError(f"{folder}: holds no cells")
    with (
        replacing(archive) as path,
        path.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for member in sorted(_members(folder, of_a_cell)):
            tar.add(member, arcname=Path(folder.name) / member.relative_to(folder), recursive=False, filter=_plain)


def _members(folder: Path, of_a_cell: Sequence[str]) -> Iterator[Path]:
    seen = (path for pattern in ("*", "figures/*") for path in folder.glob(pattern))
    yield from (path for path in seen if path.is_file() and path.suffix in SUFFIXES and not path.name.startswith("."))
    for meta in folder.glob("*/meta.json"):
        yield from (path for name in of_a_cell if (path := meta.parent / name).is_file())


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without what differs from machine to machine."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member


def unpack(archive: Path, target: Path) -> Path:
    """Unpacks an archive of anybody's below ``target``; returns the folder that it is in.

    It is unpacked beside that folder, and takes its place as a whole; what stood there is left alone, and refused.

    Raises:
        Unsafe: a member is none that :func:`pack` writes, or it would be larger than :data:`LARGEST` unpacked. Nothing
            is written then.
        OSError: it is no archive, or a damaged one, or the folder is there already. Nothing is written then.
    """
    try:
        folder, sizes = _contents(archive)
        if sizes > LARGEST:
            raise Unsafe(f"{archive}: it would be larger than {LARGEST / 1e9:g} GB unpacked")
        place = target / folder
        if place.exists():
            raise FileExistsError(errno.EEXIST, "there is such a folder already", str(place))
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder}.", dir=target) as beside, tarfile.open(archive) as tar:
            for member in tar:
                tar.extract(member, beside, filter="data")
            (Path(beside) / folder).rename(place)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise OSError(f"{archive}: this is no archive of results ({error})") from error
    return place


def _contents(archive: Path) -> tuple[str, int]:
    """The name of the archive's folder, and its size unpacked; read to its end, where its checksum is."""
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
            # Among what is not allowed are checkpoints: with one, pictures would be made by what a configuration
            # names, which is anybody's code.
            if not parts or not _is_result(member, parts) or count > MOST:
                raise Unsafe(f"{archive}: {member.name!r} does not belong into an archive of results")
            folders.add(parts[0])
            size += member.size
    if len(folders) != 1:
        raise Unsafe(f"{archive}: it holds {len(folders)} folders, where an archive of results has one")
    return folders.pop(), size


def _is_result(member: tarfile.TarInfo, parts: Sequence[str]) -> bool:
    """Whether it is a file, or a folder, that :func:`pack` writes, in its place."""
    if any(part.startswith(".") or not part.isprintable() for part in parts) or member.name.startswith("/"):
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


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results.pack",
        description="Packs tables, figures, configurations and records of an experiment, without checkpoints, into "
        "FOLDER.tar.gz; with --unpack, the other way round.",
    )
    parser.add_argument("source", metavar="FOLDER|ARCHIVE", type=Path)
    parser.add_argument("--unpack", metavar="FOLDER", type=Path, help="unpack the archive below this folder")
    options = parser.parse_args(arguments)
    source: Path = options.source
    try:
        if options.unpack is None:
            archive = source.resolve().with_name(f"{source.resolve().name}.tar.gz")
            pack(source.resolve(), archive)
            print(archive)
        else:
            print(unpack(source, options.unpack))
    except (Unsafe, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
