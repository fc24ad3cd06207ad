"""A parser of Mermaid flowcharts that rejects lines in other formats."""

import re
from dataclasses import dataclass, field
from html import unescape

ID = r"(?P<id>[A-Za-z]\w*)"
# No characters with a meaning in Mermaid, in Markdown labels or in HTML.
LABEL = r'"(?P<label>(?:[\w ,.:/+*?()-]|#\d+;|<br/>)+)"'
NODE = re.compile(rf"{ID}(?P<shape>[\[({{]{{1,2}}){LABEL}[\])}}]{{1,2}}:::(?P<style>\w+)")
BOX = re.compile(rf"subgraph {ID}\[{LABEL}\]")
ARROW = re.compile(rf"(?P<source>\w+) (?P<arrow>-->|-\.->)(?:\|{LABEL}\|)? (?P<target>\w+)")
CLASS = re.compile(rf"class {ID} (?P<style>\w+)")
STYLE = re.compile(rf"classDef {ID} [a-z-]+:\S+(,[a-z-]+:\S+)*( \d)?")


@dataclass
class Flowchart:
    """A parsed flowchart.

    Attributes:
        nodes: The lines of a node's label, by id.
        boxes: Labels of boxes, by id.
        inside: The id of a node's box, by the node's id.
        arrows: Source, target, arrow and label.
        used_styles: Styles of nodes and boxes.
        styles: Defined styles.
    """

    nodes: dict[str, list[str]] = field(default_factory=dict)
    boxes: dict[str, str] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)
    arrows: list[tuple[str, str, str, str]] = field(default_factory=list)
    used_styles: set[str] = field(default_factory=set)
    styles: set[str] = field(default_factory=set)

    def named(self) -> list[tuple[str, str, str, str]]:
        """Return the arrows with the first lines of the labels of their ends."""
        names = {**{key: lines[0] for key, lines in self.nodes.items()}, **self.boxes}
        return [(names[a], names[b], form, label) for a, b, form, label in self.arrows]


def read_flowchart(source: str) -> Flowchart:
    """Parse a flowchart, with the assertions for all flowcharts."""
    first, *lines = source.splitlines()
    assert first == "flowchart LR"
    chart, box = Flowchart(), None
    for line in map(str.strip, lines):
        box = _read_line(chart, box, line)
    assert box is None, "a box isn't closed"
    ids = [*chart.nodes, *chart.boxes]
    assert len(ids) == len(set(ids)), "two ids are the same"
    assert {end for arrow in chart.arrows for end in arrow[:2]} <= set(ids), "an end is missing"
    assert chart.used_styles == chart.styles
    return chart


def _read_line(chart: Flowchart, box: str | None, line: str) -> str | None:
    """Parse a line; return the box of the next line."""
    if line == "end":
        assert box is not None
        return None
    if match := NODE.fullmatch(line):
        assert match["id"] not in chart.nodes, line
        chart.nodes[match["id"]] = [_text(part) for part in match["label"].split("<br/>")]
        chart.used_styles.add(match["style"])
        if box is not None:
            chart.inside[match["id"]] = box
    elif match := BOX.fullmatch(line):
        assert box is None, "a box in a box"
        chart.boxes[match["id"]] = _text(match["label"])
        return match["id"]
    elif match := ARROW.fullmatch(line):
        arrow = (match["source"], match["target"], match["arrow"], _text(match["label"] or ""))
        chart.arrows.append(arrow)
    elif match := CLASS.fullmatch(line):
        assert match["id"] in chart.boxes, line
        chart.used_styles.add(match["style"])
    else:
        match = STYLE.fullmatch(line)
        assert match, f"neither node nor arrow: {line}"
        chart.styles.add(match["id"])
    return box


def _text(label: str) -> str:
    return unescape(re.sub(r"#(\d+);", r"&#\1;", label))
