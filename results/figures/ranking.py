"""The order of methods in figures that have a row for each."""

from __future__ import annotations

from results.comparison import Comparison


def ranked(comparison: Comparison) -> list[str]:
    """The methods of ``comparison.order`` in this order, then the others by mean rank over scores, the best first.

    One that lost a seed is behind those that lost none; those without a score are last.
    """
    ranks: dict[str, list[float]] = {name: [] for name in comparison.methods}
    for quantity in (each for each in comparison.quantities if not each.describes):
        entries = {name: entry for name in ranks if (entry := comparison.entry(name, quantity)) is not None}
        known = {name: (e.lost > 0, quantity.sign * e.mean) for name, e in entries.items() if len(e.values)}
        for rank, name in enumerate(sorted(known, key=lambda name: known[name])):
            ranks[name].append((rank + 1) / len(known))
    first = [name for name in comparison.methods if name in comparison.order]
    rest = [name for name in comparison.methods if name not in comparison.order]
    return [*first, *sorted(rest, key=lambda name: (not ranks[name], sum(ranks[name]) / max(1, len(ranks[name]))))]
