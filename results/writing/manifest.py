"""A list of the files that a report wrote, so that the next report can remove those that it does not write again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from runners.cells.files import digest_of_file, write_atomically

NAME = "report.json"
"""Its key ``files`` has the digest of every file that the report wrote, by path relative to the folder."""


def supersede(folder: Path, written: Iterable[Path]) -> Path:
    """Records the files ``written``, and removes the other files of an earlier report.

    A file that was changed since the earlier report belongs to the user and stays.
    """
    files = {path.relative_to(folder).as_posix(): digest_of_file(path) for path in written}
    for name, digest in _recorded(folder).items():
        path = folder / name
        inside = path.parent in (folder, folder / "figures") and path.is_file()
        if name not in files and inside and digest_of_file(path) == digest:
            path.unlink()
    write_atomically(folder / NAME, json.dumps({"files": dict(sorted(files.items()))}, indent=1) + "\n")
    return folder / NAME


def _recorded(folder: Path) -> dict[str, str]:
    """The recorded digests; empty if there is no readable record, so that no file is removed."""
    try:
        files = json.loads((folder / NAME).read_text(encoding="utf-8"))["files"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
