"""How a comparison is read: frames, statistics, tables, figures and the page made of them."""

from results.collect import Results
from results.collect import collect as load

__all__ = ["Results", "load"]
