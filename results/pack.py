"""``python -m results.pack``: the results of an experiment as one archive, without checkpoints, and back."""

from __future__ import annotations

import argparse
import gzip
import sys
import tarfile
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


class Unsafe(ValueError):  # noqa: N818 - what the archive is
    """An archive that holds something else than files and folders inside its own folder."""


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
    yield from (path for path in seen if path.is_file() and not path.name.startswith("."))
    for meta in folder.glob("*/meta.json"):
        yield from (path for name in of_a_cell if (path := meta.parent / name).is_file())


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without what differs from machine to machine."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member


def unpack(archive: Path, target: Path) -> list[Path]:
    """Unpacks an archive of anybody's below ``target``; returns the folders that it has made or filled.

    Raises:
        Unsafe: a member is a link, a device or a checkpoint, or would lie outside ``target``. Nothing is written then.
        OSError: it is no archive, or a damaged one. Nothing is written then.
    """
    try:
        with gzip.open(archive) as whole:  # to its end, where its checksum is: a damaged one writes nothing
            while whole.read(2**20):
                pass
        with tarfile.open(archive) as tar:
            members = tar.getmembers()
            for member in members:
                place = (target / member.name).resolve()
                # Ours have no checkpoints: a run would continue from anybody's as if it were its own.
                allowed = (member.isfile() and place.suffix != ".pt") or member.isdir()
                if not allowed or not place.is_relative_to(target.resolve()):
                    raise Unsafe(f"{archive}: {member.name!r} does not belong into an archive of results")
            tar.extractall(target, members, filter="data")
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise OSError(f"{archive}: this is no archive of results ({error})") from error
    return sorted({target / Path(member.name).parts[0] for member in members})


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
            for folder in unpack(source, options.unpack):
                print(folder)
    except (Unsafe, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
