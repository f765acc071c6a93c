"""Converts what a user passes to the checks to a function that builds estimators."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from estimators import build
from estimators.estimator import Estimator
from estimators.latents import Latent

Factory = Callable[[Latent, int | None], Estimator]


def factory_of(estimator: Any) -> Factory:
    """Returns a factory as it is, and for a configuration node the factory that builds it.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(estimator, Mapping) and "_target_" in estimator:
        return partial(from_node, dict(estimator))
    if isinstance(estimator, Estimator) or not callable(estimator):
        raise TypeError(
            f"{estimator!r} is no factory: pass a class, a function (latent, context_size) -> Estimator, "
            "or a configuration node with a _target_"
        )
    return cast(Factory, estimator)


def from_node(node: Mapping[str, Any], latent: Latent, context_size: int | None, **settings: Any) -> Estimator:
    return build({**node, **settings}, latent=latent, context_size=context_size)


def name_of(estimator: Any) -> str:
    if isinstance(estimator, Mapping):
        return str(estimator["_target_"]).rpartition(".")[2]
    return getattr(estimator, "__name__", None) or repr(estimator)


def settings_of(estimator: type[Estimator]) -> dict[str, inspect.Parameter]:
    """The arguments of the class's constructor other than ``latent`` and ``context_size``."""
    parameters = inspect.signature(estimator).parameters
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind in named and name not in ("latent", "context_size")
    }


def with_settings(factory: Factory, **settings: Any) -> Factory | None:
    """The factory with other settings of the class; None for a function that does not take them."""
    if isinstance(factory, type | partial):
        return partial(factory, **settings)
    try:
        inspect.signature(factory).bind(None, None, **settings)
    except TypeError:
        return None
    return partial(factory, **settings)
