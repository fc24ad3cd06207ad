"""Mermaid flowcharts.

Labels are quoted, and characters with a meaning in Mermaid or HTML are written as entities.
https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SHAPES = {
    "box": ("[", "]"),
    "cylinder": ("[(", ")]"),
    "frame": ("[[", "]]"),
    "hexagon": ("{{", "}}"),
    "pill": ("([", "])"),
    "round": ("(", ")"),
}
SOLID = "-->"
DOTTED = "-.->"

SAFE = re.compile(r"[^\w ,.:/+*?()-]")


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node of a flowchart.

    Attributes:
        id: From `identifiers`.
        lines: The lines of its label.
        shape: A key of `SHAPES`.
        style: The name of a style of the flowchart.
    """

    id: str
    lines: tuple[str, ...]
    shape: str
    style: str


@dataclass(frozen=True, kw_only=True)
class Box:
    """A frame around nodes.

    Attributes:
        id: From `identifiers`.
        title: The frame's label.
        nodes: The nodes in the frame.
        style: The name of a style of the flowchart.
    """

    id: str
    title: str
    nodes: tuple[Node, ...]
    style: str


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """An arrow between two ids."""

    source: str
    target: str
    label: str = ""
    line: str = SOLID


def flowchart(
    elements: Sequence[Node | Box], arrows: Sequence[Arrow], styles: Mapping[str, str]
) -> str:
    """Return the source of a flowchart; an empty text if it would have no elements.

    Args:
        elements: Nodes and boxes, from left to right unless arrows determine the order.
        arrows: Arrows between ids of the elements.
        styles: CSS by style name.
    """
    if not elements:
        return ""
    lines = [line for element in elements for line in _element(element)]
    lines += [_arrow(arrow) for arrow in arrows]
    lines += [f"classDef {name} {styles[name]}" for name in sorted(_styles(elements))]
    return "\n".join(["flowchart LR", *(f"  {line}" for line in lines)])


def identifiers(names: Sequence[str]) -> list[str]:
    """Return a unique Mermaid id for each name."""
    given: list[str] = []
    for name in names:
        plain = identifier = re.sub(r"[^A-Za-z0-9]+", "_", name)
        number = 2
        while identifier in given:
            identifier = f"{plain}_{number}"
            number += 1
        given.append(identifier)
    return given


def label(*lines: str) -> str:
    """Return a quoted and escaped label."""
    escaped = (SAFE.sub(lambda match: f"#{ord(match[0])};", line) for line in lines if line)
    return '"' + "<br/>".join(escaped) + '"'


def _element(element: Node | Box) -> list[str]:
    if isinstance(element, Node):
        return [_node(element)]
    return [
        f"subgraph {element.id}[{label(element.title)}]",
        *(f"  {_node(node)}" for node in element.nodes),
        "end",
        f"class {element.id} {element.style}",
    ]


def _styles(elements: Sequence[Node | Box]) -> set[str]:
    styles = {element.style for element in elements}
    return styles.union(
        node.style for element in elements if isinstance(element, Box) for node in element.nodes
    )


def _node(node: Node) -> str:
    opening, closing = SHAPES[node.shape]
    return f"{node.id}{opening}{label(*node.lines)}{closing}:::{node.style}"


def _arrow(arrow: Arrow) -> str:
    text = f"|{label(arrow.label)}|" if arrow.label else ""
    return f"{arrow.source} {arrow.line}{text} {arrow.target}"
