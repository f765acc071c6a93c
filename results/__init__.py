"""Reading cells, comparing methods, and writing tables, figures and pages about them."""

from results.matplotlib_import import import_matplotlib
from results.reading.collect import Results
from results.reading.collect import collect as load
from results.sections.section import Section
from results.writing.columns import Column
from results.writing.frames import Data
from results.writing.tables import Marked, Table

import_matplotlib()

__all__ = ["Column", "Data", "Marked", "Results", "Section", "Table", "load"]
