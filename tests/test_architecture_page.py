"""The architecture document of a service shows the guideline's reference architecture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from runpy import run_path

import pytest
from markdown_it import MarkdownIt

from tests import exhaustive
from tests.answers import ANSWER_SETS, HOSTILE_TEXTS
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.kernel import derive
from tests.programs import KIT
from tests.service_checks import assert_passes

PAGE = "docs/architecture.md"
DIAGRAM = re.compile(r"^```mermaid\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
NODE = re.compile(r'^ *(\w+)[\[({]+"(.*?)"[\])}]+:::\w+$', re.MULTILINE)
ARROW = re.compile(r'^ *(\w+) (-->|-\.->)(?:\|"(.*)"\|)? (\w+)$', re.MULTILINE)


@dataclass(frozen=True)
class Arrow:
    """An arrow between two nodes, each given as its lines of text."""

    source: list[str]
    kind: str
    label: str
    target: list[str]


def arrows(page: str) -> list[Arrow]:
    """Read the arrows of all diagrams of a page."""
    found = []
    for diagram in DIAGRAM.findall(page):
        nodes = {key: text.split("<br/>") for key, text in NODE.findall(diagram)}
        for source, kind, label, target in ARROW.findall(diagram):
            found.append(Arrow(nodes[source], kind, label, nodes[target]))
    return found


@pytest.fixture(scope="module")
def page_of_all(render: Render) -> str:
    """The page of a service with all stacks."""
    service = render({"stacks": list(ALL_STACKS)})
    derive(service)
    return (service / PAGE).read_text(encoding="utf-8")


# The guideline, section 1. Its EventBridge is a bus with a rule, and a schedule.
REFERENCE = {
    "EventBridge -> Step Functions, by a rule": ("rule", "state machine"),
    "EventBridge -> Step Functions, by a schedule": ("schedule", "state machine"),
    "EventBridge -> its rule": ("event bus", "rule"),
    "Step Functions -> Lambda": ("state machine", "function"),
    "Lambda -> DynamoDB": ("function", "DynamoDB table"),
    "Lambda -> S3": ("function", "S3 bucket"),
    "Lambda -> SQS": ("function", "queue"),
    "Lambda -> SNS": ("function", "topic"),
    "API Gateway -> Lambda": ("REST API", "function"),
    "Secrets Manager -> Lambda": ("secret", "function"),
    "Parameter Store -> Lambda": ("parameter", "function"),
}


@pytest.mark.parametrize("name", REFERENCE)
def test_the_reference_architecture_is_drawn(name: str, page_of_all: str) -> None:
    source, target = REFERENCE[name]
    assert [
        arrow
        for arrow in arrows(page_of_all)
        if arrow.kind == "-->" and source in arrow.source[1:] and target in arrow.target[1:]
    ]


def test_cloudwatch_watches_the_functions_of_every_stack(page_of_all: str) -> None:
    watched = {
        arrow.target[0]: arrow.label
        for arrow in arrows(page_of_all)
        if arrow.source == ["CloudWatch"] and "function" in " ".join(arrow.target)
    }
    assert set(watched) == {"api", "finops", "messaging", "workflow"}
    assert all(re.fullmatch(r"logs and \d+ alarms", label) for label in watched.values())


def test_alarms_are_drawn_as_one_arrow_to_their_topic(page_of_all: str) -> None:
    (told,) = [
        arrow
        for arrow in arrows(page_of_all)
        if "topic" in arrow.target and arrow.source == ["CloudWatch"]
    ]
    assert re.fullmatch(r"\d+ alarms", told.label)


def test_each_stack_is_a_frame_or_watches(page_of_all: str) -> None:
    frames = set(re.findall(r'^ *subgraph \w+\["(.*)"\]$', page_of_all, re.MULTILINE))
    assert frames == {"storage", *ALL_STACKS} - {"monitoring"}


TEXT = run_path(str(KIT / "docs" / "architecture" / "markdown.py"))["text"]
MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
# What Markdown or HTML may make of a text; a line break in a cell is the page's own.
PLAIN = {"text", "code_inline", "softbreak", "em_open", "em_close", "link_open", "link_close"}


def test_the_page_is_markdown_whatever_the_answers(render: Render) -> None:
    answers = {**ANSWER_SETS["hostile"], "stacks": list(ALL_STACKS)}
    service = render(answers)
    derive(service)
    page = (service / PAGE).read_text(encoding="utf-8")

    tokens = MARKDOWN.parse(page)
    inline = [token for token in tokens if token.type == "inline"]
    assert "".join(child.content for child in inline[1].children or ()) == answers["description"]
    children = [child for token in inline for child in token.children or ()]
    assert {child.content for child in children if child.type not in PLAIN} <= {"<br>"}
    assert [token.content for token in tokens if token.type == "html_block"] == [
        page.splitlines(keepends=True)[0]
    ]


def test_every_row_has_the_cells_of_its_table(page_of_all: str) -> None:
    outside_blocks = re.sub(r"^```.*?^```$", "", page_of_all, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"(?:^\|.*\|\n)+", outside_blocks, re.MULTILINE)
    assert len(found) > len(ALL_STACKS)
    for table in found:
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1, table


@exhaustive.MARK
def test_equal_code_gives_equal_bytes(
    page_of_all: str, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever order sets have in a process, and wherever the service lies.

    The quicker test_two_commands.py derives twice in the same folder, in processes of their own.
    """
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    service = render({"stacks": list(ALL_STACKS)})
    assert_passes(service, "derive")
    assert (service / PAGE).read_text(encoding="utf-8") == page_of_all


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
@pytest.mark.parametrize("place", ["# {}\n", "{}\n", "| a |\n|---|\n| {} |\n"])
def test_a_text_of_the_page_is_shown_letter_by_letter(place: str, text: str) -> None:
    written = place.format(TEXT(text))
    inline = [token for token in MARKDOWN.parse(written) if token.type == "inline"]
    assert {child.type for child in inline[-1].children or ()} <= {"text"}
    assert "".join(child.content for child in inline[-1].children or ()) == " ".join(text.split())
