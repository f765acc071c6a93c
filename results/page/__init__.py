"""The report of an experiment's results as one self-contained HTML page."""

from results.page.page import write_page

__all__ = ["write_page"]
