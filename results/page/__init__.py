"""One self-contained HTML page of an experiment's results."""

from results.page.page import write_page

__all__ = ["write_page"]
