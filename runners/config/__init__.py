"""From a command to a configuration: paths, classes of other packages, mistakes and their messages."""
