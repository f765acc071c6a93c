"""Which files of a folder are a report's, so that those of an earlier one do not outlast it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from runners.cells.files import digest_of_file, write_atomically

NAME = "report.json"
"""Its key ``files`` has the digest of every file that the report wrote, by its path in the folder."""


def supersede(folder: Path, written: Iterable[Path]) -> Path:
    """Removes the files of an earlier report that are not among those ``written``, and records these.

    A file that is not as the earlier report left it is somebody's own and stays.
    """
    files = {path.relative_to(folder).as_posix(): digest_of_file(path) for path in written}
    for name, digest in _recorded(folder).items():
        path = folder / name
        here = path.parent in (folder, folder / "figures") and path.is_file()
        if name not in files and here and digest_of_file(path) == digest:
            path.unlink()
    write_atomically(folder / NAME, json.dumps({"files": dict(sorted(files.items()))}, indent=1) + "\n")
    return folder / NAME


def _recorded(folder: Path) -> dict[str, str]:
    """Nothing where there is no record, or none that can be read: then all files are somebody's own."""
    try:
        files = json.loads((folder / NAME).read_text(encoding="utf-8"))["files"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
