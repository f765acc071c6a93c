"""Sweeps over a union of grids, since the protocol of a paper is rarely a single cross product."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.errors import HydraException
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from runners.cells.containment import contained, in_a_copied_context
from runners.cells.ending import announce
from runners.config import PARTS
from runners.sweeps.composition import Composition
from runners.sweeps.groups import grouped, job_of
from runners.sweeps.tally import current

Grid = dict[str, dict[str, Any]]
"""The values of each key of a cross product: their text on a command line, and the value that Hydra parses from it."""

MOST = 10**6
"""Limit on the number of cells of a sweep, which are listed before any is run."""

OF_A_CHOICE = ("estimator.", "task.")
"""Sections whose keys depend on the chosen option: not every estimator has an ``estimator.temperature``."""


class GridSweeper(Sweeper):
    """Hydra's basic sweeper extended to several grids, whose cells are launched together, each of them once.

    With ``runner.vectorize=true``, cells that differ only in seed and optimizers form one job, see
    :mod:`runners.sweeps.groups`.

    Overrides on the command line change the grids:

    * Values that the grids have: grids with the key keep only these values, and grids without any of them are dropped.
    * Other values: they replace the grids' own values. So does a value of a setting that only dropped grids have:
      ``estimator=rebar optimizer.lr=3e-3`` runs REBAR with a learning rate that the grids have for others.
    * A key that no grid has is added to all grids. A key that some grids have is added to the others, unless it belongs
      to an option (:data:`OF_A_CHOICE`) that they may not have.

    A value that is added or replaced also removes the settings below its key: ``estimator=rebar`` removes the options
    of the estimators in the grids.

    Args:
        grids: each a mapping of keys to values, separated by commas.
        params: keys and values that change every grid like overrides, and before those: a key that no grid has is
            crossed with all grids. An override replaces the param with the same key. A param that is null is ignored,
            so that an experiment can drop one that it inherits.
    """

    def __init__(self, grids: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> None:
        self.grids, self.params = grids, params

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.hydra_context, self.config = hydra_context, config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )
        self.composition = Composition(cast("ConfigLoaderImpl", hydra_context.config_loader), config)

    def sweep(self, arguments: list[str]) -> Sequence[JobReturn]:
        return self.launch(self.cells(arguments))

    def cells(self, arguments: Sequence[str]) -> list[list[str]]:
        """The overrides of every cell, given those of the command line."""
        assert self.hydra_context is not None
        if not isinstance(self.params, Mapping):
            raise HydraException(f"hydra.sweeper.params={self.params}: a mapping of keys to values is needed")
        if not is_list(self.grids) or not all(isinstance(grid, Mapping) for grid in self.grids):
            raise HydraException(f"hydra.sweeper.grids={self.grids}: a list of mappings of keys to values is needed")
        return cells_of_sweep(self.grids, self.params, arguments, self.hydra_context.config_loader)

    def launch(self, cells: list[list[str]]) -> Sequence[JobReturn]:
        """Runs cells, given by their overrides, through the launcher."""
        assert self.launcher is not None
        assert self.config is not None
        for cell in representatives(cells):
            self.composition.config(cell)  # raises errors before anything runs
        tally = current()
        if tally is not None:
            tally.expect(cells)
        vectorize = OmegaConf.select(self.config, "runner.vectorize") is True
        groups = grouped(cells, at_most=self.config.runner.replicas) if vectorize else [[cell] for cell in cells]
        left = [[cell for cell in group if not self._is_over(cell)] for group in groups]
        jobs = self.launcher.launch([job_of(group) for group in left if group], initial_job_idx=0) if any(left) else []
        for job in jobs:
            _ = job.return_value  # raises the exception of the job, if any
        return jobs

    @in_a_copied_context
    @contained()  # importing a user's module may have any effect
    def _is_over(self, overrides: Sequence[str]) -> bool:
        """Whether a cell has ended before, so that no job is needed; such a cell is announced."""
        try:
            cell = self.composition.cell(overrides)
            over = cell.finished and not (cell.config.runner.get("retry") and cell.unsuccessful)
        except (Exception, SystemExit):  # a user's class may raise anything, which the cell's job will report
            return False
        if over:
            announce(cell, "finished before")
        return over


def is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def representatives(cells: Iterable[Sequence[str]]) -> list[Sequence[str]]:
    """Cells that contain every value and every combination of choices. Composing all cells would take as long as
    running a finished sweep."""
    seen: set[str | frozenset[str]] = set()
    kept = []
    for cell in cells:
        choices = frozenset(text for text in cell if "." not in text.partition("=")[0] and not text.startswith("seed="))
        if not seen.issuperset([choices, *cell]):
            seen.update([choices, *cell])
            kept.append(cell)
    return kept


def cells_of_sweep(
    grids: Sequence[Mapping[str, Any]], params: Mapping[str, Any], overrides: Sequence[str], loader: ConfigLoader
) -> list[list[str]]:
    """The overrides of every cell that a :class:`GridSweeper` launches, each cell once.

    Without grids these are the cells of the cross product that the basic sweeper launches. ``loader`` expands
    ``estimator=glob(*)``.

    Raises:
        HydraException: an override leaves no grid, or only some of its values are in the grids.
    """
    parser = OverridesParser.create(config_loader=loader)
    own = [{_key(key): _values(key) for key in parser.parse_overrides(_words(grid))} for grid in grids]
    given = parser.parse_overrides(list(overrides))
    for override in given:
        if override.key_or_group == "experiment" and override.is_sweep_override():
            raise HydraException(f"{override.input_line}: one experiment at a time, since each is a sweep")
    replaced = {_key(override) for override in given}
    words = _words({key: value for key, value in params.items() if value is not None})
    crossed = [param for param in parser.parse_overrides(words) if _key(param) not in replaced]
    changed = _overridden(_overridden(own or [{}], crossed), given)
    size = sum(math.prod(map(len, grid.values())) for grid in changed)
    if size > MOST:
        raise HydraException(f"this sweep has {size} cells; at most {MOST} are possible")
    cells: dict[frozenset[str], list[str]] = {}
    for grid in changed:
        for cell in itertools.product(*(_words_of(key, values) for key, values in grid.items())):
            cells.setdefault(frozenset(cell), list(cell))
    return list(cells.values())


def _overridden(grids: Sequence[Grid], overrides: Iterable[Override]) -> list[Grid]:
    last = {_key(override): override for override in overrides}
    changed = chosen = list(grids)
    # A key is handled before the keys below it, which it may remove, and choices before settings.
    for key, override in sorted(last.items(), key=lambda item: item[0].count(".")):
        asked = _values(override)
        held = {text: value for grid in (chosen if "." in key else grids) for text, value in grid.get(key, {}).items()}
        known = [value in held.values() for value in asked.values()]
        if any(known) and not all(known):
            raise HydraException(
                f"{override.input_line}: the grids have {key}={','.join(held)}. Give only some of these, or only others"
            )
        changed = list(_change(changed, key, asked, narrow=all(known)))
        if not changed:
            raise HydraException(f"{override.input_line}: no grid has this together with the other overrides")
        if "." not in key:
            chosen = changed
    return changed


def _change(grids: Sequence[Grid], key: str, asked: dict[str, Any], *, narrow: bool) -> Iterator[Grid]:
    """The grids with the given values of a key: those among their own values if ``narrow``, else instead of these."""
    anywhere = any(key in grid for grid in grids)
    for grid in grids:
        if narrow and key in grid:
            kept = {text: value for text, value in grid[key].items() if value in asked.values()}
            if kept:
                yield grid | {key: kept}
        elif anywhere and key not in grid and key.startswith(OF_A_CHOICE):
            yield grid
        else:
            yield {name: values for name, values in grid.items() if not name.startswith(f"{key}.")} | {key: asked}


def _words_of(key: str, values: dict[str, Any]) -> list[str]:
    """The override for each value of a key; a class that is given directly is added to the configuration, see
    :func:`runners.config.as_given.words_as_given`."""
    given = {text: key in PARTS and isinstance(value, dict) and "_target_" in value for text, value in values.items()}
    return [f"{'+' if directly else ''}{key}={text}" for text, directly in given.items()]


def _key(override: Override) -> str:
    """The key of an override, with its signs, except for that of a class that is given directly."""
    key = override.get_key_element()
    return key.removeprefix("+") if key.removeprefix("+") in PARTS else key


def _words(grid: Mapping[str, Any]) -> list[str]:
    return [f"{key}={'null' if value is None else value}" for key, value in grid.items()]


def _values(override: Override) -> dict[str, Any]:
    if not override.is_sweep_override():
        return {override.get_value_element_as_str(): override.value()}
    if not override.is_discrete_sweep():
        raise HydraException(f"{override.input_line}: a sweep needs single values, such as a,b or range(1,4)")
    try:
        texts = list(itertools.islice(override.sweep_string_iterator(), MOST + 1))
        elements = list(itertools.islice(override.sweep_iterator(), MOST + 1))
    except ValueError as error:  # a range of step 0
        raise HydraException(f"{override.input_line}: {error}") from error
    values = {
        text: element.text if isinstance(element, QuotedString) else element
        for text, element in zip(texts, elements, strict=True)
    }
    if not values:
        raise HydraException(f"{override.input_line}: there is no such option")
    if len(values) > MOST:
        raise HydraException(f"{override.input_line}: at most {MOST} values are possible")
    return values
