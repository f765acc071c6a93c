"""How a comparison is read: frames, statistics, tables, figures and the page made of them."""

from results.matplotlib_import import import_matplotlib
from results.reading.collect import Results
from results.reading.collect import collect as load

import_matplotlib()

__all__ = ["Results", "load"]
