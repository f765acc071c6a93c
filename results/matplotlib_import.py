"""Imports matplotlib, even if the environment names a backend that is not installed.

Jupyter sets ``MPLBACKEND`` to its own backend for every process that it starts. If that backend is not installed, as in
a separate virtual environment, importing matplotlib fails. The figures of this package need no backend.
"""

from __future__ import annotations

import contextlib
import os
import sys


def import_matplotlib() -> None:
    """Imports matplotlib with the backend of the environment, if that is installed."""
    if "matplotlib" in sys.modules:
        return
    wanted = os.environ.pop("MPLBACKEND", None)
    import matplotlib

    if wanted is not None:
        os.environ["MPLBACKEND"] = wanted
        with contextlib.suppress(ValueError):
            matplotlib.rcParams["backend"] = wanted
