"""From a command to a configuration: paths, classes of other packages, validation, error messages."""
