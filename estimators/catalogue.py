"""Estimators by name: that of a configuration, in this package or an installed one, or that of a class.

Hydra and YAML are imported only when a configuration is needed, so that ``import estimators`` is fast.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from conf import ENTRY_POINTS
from estimators.estimator import Estimator
from estimators.latents import Family, Latent
from estimators.other_names import name_here

CONFIGURATION = "conf"


class UnknownTarget(ValueError):  # noqa: N818 - the name says it
    """No estimator has this name. The message is one line, for the user."""


def configurations() -> dict[str, Any]:
    """Configuration node of every estimator by name, in alphabetical order, those of this package first."""
    return {name: read(path) for name, path in configuration_files().items()}


def configuration_files() -> dict[str, Traversable]:
    """The files of :func:`configurations`, by name."""
    found: dict[str, Traversable] = {}
    for package in [CONFIGURATION, *(entry.value for entry in entry_points(group=ENTRY_POINTS))]:
        folder = files(package) / "estimator"
        for path in sorted(folder.iterdir(), key=lambda path: path.name):
            if path.name.endswith(".yaml"):
                found.setdefault(path.name.removesuffix(".yaml"), path)
    return found


def read(path: Traversable) -> Any:
    from omegaconf import OmegaConf

    return OmegaConf.create(path.read_text(encoding="utf-8"))


def find(target: str) -> Any:
    """The configuration node or the class that ``target`` names.

    Raises:
        UnknownTarget: there is no such estimator.
    """
    if "." not in target:
        known = configuration_files()
        if target not in known:
            if name := name_here(target):
                raise UnknownTarget(f"{target}: it is called {name} here, see docs/estimators.md")
            raise UnknownTarget(f"{target}: choose one of {', '.join(known)}, or give a class as module.Class")
        return read(known[target])
    module, _, name = target.rpartition(".")
    try:
        found = importlib.import_module(module)
    except (Exception, SystemExit) as error:  # somebody's module may raise anything, or end the program
        what = str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
        raise UnknownTarget(f"{target}: cannot import {module}: {what}") from error
    if not hasattr(found, name):
        raise UnknownTarget(f"{target}: module {module} has no {name}")
    return getattr(found, name)


def build(node: Any, **arguments: Any) -> Any:
    """Instantiates ``node`` (anything with a ``_target_``) with further keyword arguments.

    An error in the object's constructor is raised as it is, not wrapped in Hydra's.
    """
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate

    try:
        return instantiate(node, _convert_="all", **arguments)
    except InstantiationException as error:
        if error.__cause__ is not None:
            raise error.__cause__ from None
        raise


def make(
    name: str, *, family: Family, n: int, k: int | None = None, context_size: int | None = None, **settings: Any
) -> Estimator:
    """Builds the estimator of a name in ``conf/estimator``, with the settings of that file, for one stochastic layer.

    ``make("rebar", family="categorical", n=20, k=10, context_size=784)``

    Args:
        name: such as "gumbel_softmax"; a class as "module.Class" works too.
        family, n, k: the layer, see :class:`~estimators.latents.Latent`.
        context_size: size of the layer's input, for baselines that depend on it.
        settings: arguments of the class that replace those of the configuration, such as ``temperature=0.5``.

    Raises:
        UnknownTarget: there is no such estimator.
        NotApplicable: it does not exist for such a layer.
        TypeError: the class has no such setting; the message lists the valid ones.
        ValueError: the value of a setting is not valid.
    """
    if not isinstance(name, str):
        raise TypeError(f"name={name!r}: text is needed, such as 'rloo' or 'module.Class'")
    found = find(name)
    made = found if "." in name else find(found._target_)
    if not (inspect.isclass(made) and issubclass(made, Estimator)):
        raise UnknownTarget(f"{name}: not a class derived from estimators.Estimator")
    arguments = {"latent": Latent(family, n, k), "context_size": context_size}
    _require_known(settings, name, made, given=arguments)
    if found is made:
        return made(**arguments, **settings)
    return build({key: value for key, value in found.items() if key not in settings}, **arguments, **settings)


def _require_known(settings: Iterable[str], name: str, made: Any, given: Iterable[str]) -> None:
    valid = inspect.signature(made).parameters
    if any(argument.kind is argument.VAR_KEYWORD for argument in valid.values()):
        return
    for key in settings:
        if key not in valid or key in given:
            known = ", ".join(each for each in valid if each not in given) or "none"
            raise TypeError(f"{key}: {name} has no such setting. Valid: {known}")
