"""Mermaid flowcharts as SVG, so that the site needs no third-party script.

Supported are ``flowchart TD`` and lines ``a["text"] -->|"label"| b["text"]``, where the text of a node is given at its
first occurrence.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

HEAD = "flowchart TD"

NODE = r'(\w+)(?:\["([^"]*)"\])?'
EDGE = re.compile(rf'{NODE} -->(?:\|"([^"]*)"\|)? {NODE}')

WIDTH, HEIGHT = 160, 46
"""Size of a box, pixels."""

ACROSS, DOWN = 30, 44
"""Distances between boxes, pixels."""

LINE = 16
"""Height of a line of text, pixels."""


class Chart(NamedTuple):
    """A flowchart: the nodes' texts by name, and its edges, each from, to and label."""

    nodes: dict[str, str]
    edges: list[tuple[str, str, str]]


def flowchart(source: str) -> str:
    """The chart as SVG in the colours of the surrounding text.

    Raises:
        ValueError: a line is not supported.
    """
    chart = _read(source)
    places = _places(chart)
    width = max(x for x, _ in places.values()) + WIDTH + 2
    height = max(y for _, y in places.values()) + HEIGHT + 2
    drawn = [_edge(places[tail], places[head], text) for tail, head, text in chart.edges]
    drawn += [_box(*places[name], text) for name, text in chart.nodes.items()]
    edges = "; ".join(f"{chart.nodes[tail]} to {chart.nodes[head]}" for tail, head, _ in chart.edges)
    label = html.escape(edges.replace("<br>", ", "))
    begin = f'<svg class="flowchart" role="img" aria-label="{label}" viewBox="-1 -1 {width} {height}" width="{width}">'
    return "\n".join([begin, *drawn, "</svg>"])


def _read(source: str) -> Chart:
    head, *lines = [line.strip() for line in source.strip().splitlines()]
    if head != HEAD:
        raise ValueError(f"{head}: write {HEAD}")
    chart = Chart({}, [])
    for line in lines:
        found = EDGE.fullmatch(line)
        if found is None:
            raise ValueError(f"{line}: not an edge")
        tail, tail_text, label, end, end_text = found.groups()
        for name, text in ((tail, tail_text), (end, end_text)):
            chart.nodes.setdefault(name, text or name)
        chart.edges.append((tail, end, label or ""))
    return chart


def _places(chart: Chart) -> dict[str, tuple[int, int]]:
    """The upper left corners of the boxes; a node without incoming edges is directly above its first successor."""
    depth = dict.fromkeys(chart.nodes, 0)
    for _ in chart.nodes:
        for tail, head, _ in chart.edges:
            depth[head] = max(depth[head], depth[tail] + 1)
    heads = {head for _, head, _ in chart.edges}
    for name in chart.nodes.keys() - heads:
        depth[name] = min(depth[head] for tail, head, _ in chart.edges if tail == name) - 1
    column = {name: [other for other in chart.nodes if depth[other] == depth[name]].index(name) for name in depth}
    return {name: (column[name] * (WIDTH + ACROSS), depth[name] * (HEIGHT + DOWN)) for name in depth}


def _box(x: int, y: int, text: str) -> str:
    lines = text.split("<br>")
    first = y + HEIGHT / 2 - (len(lines) - 1) * LINE / 2
    texts = [
        f'<text x="{x + WIDTH / 2}" y="{first + index * LINE}">{html.escape(line)}</text>'
        for index, line in enumerate(lines)
    ]
    return f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>' + "".join(texts)


def _edge(tail: tuple[int, int], head: tuple[int, int], label: str) -> str:
    """An arrow from the lower side of a box, straight down into another box, or down and across into its side."""
    x, y = tail[0] + WIDTH / 2, tail[1] + HEIGHT
    if tail[0] == head[0]:
        line, tip = f"V{head[1]}", "m-4 -8l4 8l4 -8"
    else:
        from_right, back = tail[0] > head[0], 8 if tail[0] > head[0] else -8
        line, tip = f"V{head[1] + HEIGHT / 2}H{head[0] + WIDTH * from_right}", f"m{back} -4l{-back} 4l{back} 4"
    path = f'<path d="M{x} {y}{line}{tip}"/>'
    return f'{path}<text class="label" x="{x + 8}" y="{y + DOWN / 2}">{html.escape(label)}</text>' if label else path
