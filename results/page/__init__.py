"""One self-contained HTML page of an experiment's results."""

from results.page.page import write_page
from results.page.tables import PageTable

__all__ = ["PageTable", "write_page"]
