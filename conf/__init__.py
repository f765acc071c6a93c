"""Configuration files: an option is a file, in a folder for each group."""

from __future__ import annotations

ENTRY_POINTS = "gumbel_bench.conf"
"""The group of entry points by which installed packages name folders like this one of their own."""
