"""Imports matplotlib, whatever backend the environment names.

Jupyter names its own backend, in ``MPLBACKEND``, to every process that it starts; where that is not installed, as in an
environment of one's own, matplotlib cannot even be imported. Figures of this package are made without a backend.
"""

from __future__ import annotations

import contextlib
import os
import sys


def import_matplotlib() -> None:
    """Imports it as it imports itself, with a backend that is not there left out."""
    if "matplotlib" in sys.modules:
        return
    wanted = os.environ.pop("MPLBACKEND", None)
    import matplotlib

    if wanted is not None:
        os.environ["MPLBACKEND"] = wanted
        with contextlib.suppress(ValueError):
            matplotlib.rcParams["backend"] = wanted
