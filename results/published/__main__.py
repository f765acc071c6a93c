"""``python -m results.published``: lists, restores and publishes the results that come with the package."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from results.pack import Unsafe
from results.published.library import COMMAND, Unknown, location, names, publish, restore
from results.published.pages import pages, rewrite
from results.reading.collect import NoCells
from runners.cells.terminal import one_line_errors

DESCRIPTION = "Lists the results that come with the package, restores their cells to a folder, or publishes a folder."

EPILOG = """\
example:
  python -m results.published
  python -m results.published restore reference outputs/reference    # then: python -m results outputs/reference
  python -m results.published publish outputs/mine mine --command 'make benchmark EXP=mine'"""


@one_line_errors(NoCells, Unknown, Unsafe)
def main(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results.published",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="what")
    back = commands.add_parser("restore", help="restore the published cells to a folder, where sweeps skip them")
    back.add_argument("name", metavar="NAME")
    back.add_argument("folder", metavar="FOLDER", type=Path)
    out = commands.add_parser("publish", help="publish the ended cells of a folder, adding to those already published")
    out.add_argument("folder", metavar="FOLDER", type=Path)
    out.add_argument("name", metavar="NAME")
    out.add_argument("--command", required=True, help="how the cells were made")
    page = commands.add_parser("pages", help="update the published numbers in README.md and docs/")
    page.add_argument("repository", metavar="REPOSITORY", type=Path, nargs="?", default=Path())
    options = parser.parse_args(arguments)
    if options.what == "restore":
        print(f"{len(restore(options.name, options.folder))} cells added to {options.folder}")
    elif options.what == "publish":
        print(publish(options.folder, options.name, options.command))
    elif options.what == "pages":
        found = pages(options.repository)
        if not found:
            raise Unknown(f"{options.repository}: has no pages with published numbers")
        for path in rewrite(found):
            print(path)
    else:
        for name in names():
            print(f"{name}: {(location(name) / COMMAND).read_text().splitlines()[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
