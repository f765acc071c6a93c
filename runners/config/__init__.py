"""From a command to a configuration: paths, classes of other packages, validation, error messages."""

from collections.abc import Mapping
from typing import Any

from runners.config.kinds import Count, TimeLimit

SECTIONS = ("estimator", "task", "data", "optimizer", "auxiliary_optimizer", "runner")
"""Sections of the configuration, for each of which an option is chosen."""

PARTS = ("estimator", "task", "data")
"""The sections whose options name a cell."""

EXECUTION: Mapping[str, Any] = {
    "timeout": TimeLimit,
    "retry": bool,
    "attempts": Count,
    "isolate": bool,
    "vectorize": bool,
    "replicas": Count,
}
"""Keys of the section ``runner`` about how a cell is run, with their types; the others are arguments of the runner."""
