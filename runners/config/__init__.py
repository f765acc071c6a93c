"""From a command to a configuration: paths, classes of other packages, validation, error messages."""

SECTIONS = ("estimator", "task", "data", "optimizer", "auxiliary_optimizer", "runner")
"""Sections of the configuration, for each of which an option is chosen."""
