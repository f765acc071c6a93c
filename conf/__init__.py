"""Configuration files: one file per option, one folder per group."""

from __future__ import annotations

ENTRY_POINTS = "gumbel_bench.conf"
"""The group of entry points with which installed packages name their own configuration packages."""
