"""The one place where a configuration node becomes an object."""

from __future__ import annotations

from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate


def build(node: Any, **arguments: Any) -> Any:
    """Instantiates ``node`` (anything with a ``_target_``) with further keyword arguments.

    Raises:
        the exception of the object's own constructor, not Hydra's wrapping of it.
    """
    try:
        return instantiate(node, _convert_="all", **arguments)
    except InstantiationException as error:
        if error.__cause__ is not None:
            raise error.__cause__ from None
        raise
