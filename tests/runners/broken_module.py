"""A module that fails as it is imported."""

import sys

sys.exit("not here")
