"""From the words of a command to a configuration: what users mean by them, classes of other packages, mistakes."""
