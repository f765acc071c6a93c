"""``python -m results.explorer [FILE]``: an interactive page about the Gumbel-Softmax distribution and gradients."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from results.explorer.explorer import write_explorer
from runners.cells.terminal import one_line_errors

DESCRIPTION = """\
Writes an HTML file that needs no network: samples of the Gumbel-Softmax distribution at any temperature, and bias,
standard deviation and error of the estimators as curves against temperature."""


@one_line_errors()
def main(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m results.explorer",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    default = Path("outputs/explorer.html")
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", default=default, help=f"the page ({default})")
    print(write_explorer(parser.parse_args(arguments).file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
