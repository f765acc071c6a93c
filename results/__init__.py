"""How a comparison is read: frames, statistics, tables, figures and the page made of them."""

from results.collect import Results
from results.collect import collect as load
from results.matplotlib_import import import_matplotlib

import_matplotlib()

__all__ = ["Results", "load"]
