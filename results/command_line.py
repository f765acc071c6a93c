"""``gumbel-bench COMMAND``: every command of the package by a short name."""

from __future__ import annotations

import importlib
import sys
from typing import NamedTuple


class Command(NamedTuple):
    """A module with a ``main()`` that reads ``sys.argv``, and what it does."""

    module: str
    purpose: str


COMMANDS = {
    "run": Command("runners.run", "train and score one cell or, with -m or experiment=, a sweep"),
    "report": Command("results.__main__", "tables, figures and a page of a folder of cells"),
    "status": Command("results.status", "which cells of a folder are done"),
    "compare": Command("results.compare", "what became better or worse between two folders"),
    "published": Command("results.published.__main__", "the results that come with the package"),
    "pack": Command("results.pack", "one archive of a folder's tables, figures and records"),
    "contribution": Command("results.contribution", "whether an archive of cells holds to a protocol"),
    "check": Command("estimators.checks.__main__", "hold an estimator to the contract"),
    "explorer": Command("results.explorer.__main__", "an interactive page about the Gumbel-Softmax distribution"),
}

USAGE = "usage: gumbel-bench COMMAND ...\n\n" + "".join(
    f"  {name:12} {command.purpose}\n" for name, command in COMMANDS.items()
)


def main() -> int | None:
    """Calls the command, which is imported only now, and returns its exit status."""
    name, *rest = sys.argv[1:] or ["--help"]
    if name in ("-h", "--help"):
        print(USAGE + "\ngumbel-bench COMMAND --help explains each.")
        return 0
    if name not in COMMANDS:
        print(f"error: {name}: choose one of {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    sys.argv = [f"gumbel-bench {name}", *rest]
    sys.path.insert(0, "")  # modules of the current folder are found, as by python -m
    return importlib.import_module(COMMANDS[name].module).main()


if __name__ == "__main__":
    sys.exit(main())
