"""From a command to a configuration: paths, classes of other packages, validation, error messages."""

SECTIONS = ("estimator", "task", "data", "optimizer", "auxiliary_optimizer", "runner")
"""Sections of the configuration, for each of which an option is chosen."""

PARTS = ("estimator", "task", "data")
"""The sections whose options name a cell."""

EXECUTION = ("timeout", "retry", "attempts", "isolate", "vectorize", "replicas")
"""Keys of the section ``runner`` about how a cell is run; the others are arguments of the runner."""
