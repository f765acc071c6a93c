"""``gumbel-bench COMMAND``: all commands of the package under short names."""

from __future__ import annotations

import importlib
import sys
from typing import NamedTuple

from runners.cells.terminal import printable


class Command(NamedTuple):
    """A module whose ``main()`` reads ``sys.argv``, and what the command does."""

    module: str
    purpose: str


COMMANDS = {
    "run": Command("runners.run", "train and score one cell or, with -m or experiment=, a sweep"),
    "report": Command("results.__main__", "write tables, figures and a page about a folder of cells"),
    "status": Command("results.status", "show which cells of a folder are done"),
    "compare": Command("results.compare", "show significant changes between two folders of cells"),
    "published": Command("results.published.__main__", "list, restore or publish the results in the package"),
    "pack": Command("results.pack", "pack a folder's tables, figures and records into one archive"),
    "contribution": Command("results.contribution", "check an archive of cells against the published protocol"),
    "check": Command("estimators.checks.__main__", "check an estimator against its contract"),
    "explorer": Command("results.explorer.__main__", "write an interactive page about temperature, bias and variance"),
}

USAGE = "usage: gumbel-bench COMMAND ...\n\n" + "".join(
    f"  {name:12} {command.purpose}\n" for name, command in COMMANDS.items()
)


def main() -> int | None:
    """Imports and runs the command; returns its exit status."""
    name, *rest = sys.argv[1:] or ["--help"]
    if name in ("-h", "--help"):
        print(USAGE + "\ngumbel-bench COMMAND --help explains each.")
        return 0
    if name not in COMMANDS:
        print(printable(f"error: {name}: choose one of {', '.join(COMMANDS)}"), file=sys.stderr)
        return 2
    sys.argv = [f"gumbel-bench {name}", *rest]
    sys.path.insert(0, "")  # so that modules in the current folder are found, as with python -m
    return importlib.import_module(COMMANDS[name].module).main()


if __name__ == "__main__":
    sys.exit(main())
