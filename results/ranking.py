"""The order of methods in tables and figures with one row per method."""

from __future__ import annotations

from results.comparison import Comparison
from results.scores import Quantity


def ranked(comparison: Comparison) -> list[str]:
    """The methods of ``comparison.order`` in this order, then the others by mean rank over scores, the best first.

    A method that lost a seed ranks behind all that lost none; methods without a score are last. On a problem without
    test scores, as in a search, methods are ranked by validation scores.
    """
    ranks: dict[str, list[float]] = {name: [] for name in comparison.methods}
    for quantity in (each for each in comparison.quantities if not each.describes):
        known = _tested(comparison, quantity) or _validated(comparison, quantity)
        for rank, name in enumerate(sorted(known, key=lambda name: known[name])):
            ranks[name].append((rank + 1) / len(known))
    first = [name for name in comparison.methods if name in comparison.order]
    others = [name for name in comparison.methods if name not in comparison.order]
    return [*first, *sorted(others, key=lambda name: (not ranks[name], sum(ranks[name]) / max(1, len(ranks[name]))))]


def _tested(comparison: Comparison, quantity: Quantity) -> dict[str, tuple[bool, float]]:
    scored = comparison.scored(quantity).items()
    return {name: (entry.lost > 0, quantity.sign * entry.mean) for name, entry in scored}


def _validated(comparison: Comparison, quantity: Quantity) -> dict[str, tuple[bool, float]]:
    choices = comparison.untested.get(quantity.problem, []) if quantity.is_bound else []
    return {choice.method: (False, choice.validated) for choice in choices}
