"""Published results, which come with the package: the cells of completed experiments, with tables and figures.

Each experiment has a folder of its name, with ``cells`` and ``curves`` as CSV and parquet, tables, figures, the command
that made the cells, and ``records.tar.gz``, from which the cells' folders are restored.
"""

from results.published.library import Unknown, load, location, names, publish, read, restore

__all__ = ["Unknown", "load", "location", "names", "publish", "read", "restore"]
