"""Flowcharts in Mermaid's words as SVG, so that a site shows them without anybody's scripts.

Read are lines ``a["words"] -->|"words"| b["words"]`` of ``flowchart TD``; a name has its words where it first stands.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

HEAD = "flowchart TD"

NODE = r'(\w+)(?:\["([^"]*)"\])?'
EDGE = re.compile(rf'{NODE} -->(?:\|"([^"]*)"\|)? {NODE}')

WIDTH, HEIGHT, BESIDE, BELOW = 160, 46, 30, 44
"""Of a box, and the room between two of them, pixels."""

LINE = 16
"""Height of a line of words, pixels."""


class Chart(NamedTuple):
    """Words by name, and edges: from, to, words."""

    nodes: dict[str, str]
    edges: list[tuple[str, str, str]]


def flowchart(source: str) -> str:
    """The chart as SVG in the colours of the text around it.

    Raises:
        ValueError: a line is none of those that are read.
    """
    chart = _read(source)
    places = _places(chart)
    width = max(x for x, _ in places.values()) + WIDTH + 2
    height = max(y for _, y in places.values()) + HEIGHT + 2
    drawn = [_edge(places[tail], places[head], words) for tail, head, words in chart.edges]
    drawn += [_box(*places[name], words) for name, words in chart.nodes.items()]
    told = "; ".join(f"{chart.nodes[tail]} to {chart.nodes[head]}" for tail, head, _ in chart.edges)
    label = html.escape(told.replace("<br>", ", "))
    begin = f'<svg class="flowchart" role="img" aria-label="{label}" viewBox="-1 -1 {width} {height}" width="{width}">'
    return "\n".join([begin, *drawn, "</svg>"])


def _read(source: str) -> Chart:
    head, *lines = [line.strip() for line in source.strip().splitlines()]
    if head != HEAD:
        raise ValueError(f"{head}: only {HEAD} is drawn")
    chart = Chart({}, [])
    for line in lines:
        found = EDGE.fullmatch(line)
        if found is None:
            raise ValueError(f"{line}: this is no edge")
        tail, of_tail, words, end, of_end = found.groups()
        for name, its in ((tail, of_tail), (end, of_end)):
            chart.nodes.setdefault(name, its or name)
        chart.edges.append((tail, end, words or ""))
    return chart


def _places(chart: Chart) -> dict[str, tuple[int, int]]:
    """The upper left corners; what nothing leads to stands right above what it leads to."""
    depth = dict.fromkeys(chart.nodes, 0)
    for _ in chart.nodes:
        for tail, head, _ in chart.edges:
            depth[head] = max(depth[head], depth[tail] + 1)
    heads = {head for _, head, _ in chart.edges}
    for name in chart.nodes.keys() - heads:
        depth[name] = min(depth[head] for tail, head, _ in chart.edges if tail == name) - 1
    beside = {name: [other for other in chart.nodes if depth[other] == depth[name]].index(name) for name in depth}
    return {name: (beside[name] * (WIDTH + BESIDE), depth[name] * (HEIGHT + BELOW)) for name in depth}


def _box(x: int, y: int, words: str) -> str:
    lines = words.split("<br>")
    first = y + HEIGHT / 2 - (len(lines) - 1) * LINE / 2
    texts = [
        f'<text x="{x + WIDTH / 2}" y="{first + index * LINE}">{html.escape(line)}</text>'
        for index, line in enumerate(lines)
    ]
    return f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>' + "".join(texts)


def _edge(tail: tuple[int, int], head: tuple[int, int], words: str) -> str:
    """From the lower side of a box straight down into another, or down and then across into its side."""
    x, y = tail[0] + WIDTH / 2, tail[1] + HEIGHT
    if tail[0] == head[0]:
        line, tip = f"V{head[1]}", "m-4 -8l4 8l4 -8"
    else:
        from_right, back = tail[0] > head[0], 8 if tail[0] > head[0] else -8
        line, tip = f"V{head[1] + HEIGHT / 2}H{head[0] + WIDTH * from_right}", f"m{back} -4l{-back} 4l{back} 4"
    path = f'<path d="M{x} {y}{line}{tip}"/>'
    if not words:
        return path
    return f'{path}<text class="beside" x="{x + 8}" y="{y + BELOW / 2}">{html.escape(words)}</text>'
