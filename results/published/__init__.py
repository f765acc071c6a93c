"""The results that come with the package: the cells of experiments that were run to their end, and what they show.

Each lies in a folder of its name: ``cells`` and ``curves`` as CSV and parquet, tables, figures, the command that made
them, and ``records.tar.gz``, from which the cells' own folders are put back.
"""

from results.published.library import Unknown, load, location, names, publish, read, restore

__all__ = ["Unknown", "load", "location", "names", "publish", "read", "restore"]
