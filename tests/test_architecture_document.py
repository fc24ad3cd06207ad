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

DOCUMENT = "docs/architecture.md"
DIAGRAM = re.compile(r"^```mermaid\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
NODE = re.compile(r'^ *(\w+)[\[({]+"(.*?)"[\])}]+:::\w+$', re.MULTILINE)
ARROW = re.compile(r'^ *(\w+) (-->|-\.->)(?:\|"(.*)"\|)? (\w+)$', re.MULTILINE)


@dataclass(frozen=True)
class Arrow:
    """An arrow between two nodes, each given as its lines of text."""

    source: list[str]
    style: str
    label: str
    target: list[str]


def arrows(document: str) -> list[Arrow]:
    """Return the arrows of all diagrams in a document."""
    found = []
    for diagram in DIAGRAM.findall(document):
        nodes = {key: text.split("<br/>") for key, text in NODE.findall(diagram)}
        for source, style, label, target in ARROW.findall(diagram):
            found.append(Arrow(nodes[source], style, label, nodes[target]))
    return found


@pytest.fixture(scope="module")
def full_document(render: Render) -> str:
    """The document of a service with all stacks."""
    service = render({"stacks": list(ALL_STACKS)})
    derive(service)
    return (service / DOCUMENT).read_text(encoding="utf-8")


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
def test_the_reference_architecture_is_drawn(name: str, full_document: str) -> None:
    source, target = REFERENCE[name]
    assert [
        arrow
        for arrow in arrows(full_document)
        if arrow.style == "-->" and source in arrow.source[1:] and target in arrow.target[1:]
    ]


def test_cloudwatch_monitors_the_functions_of_every_stack(full_document: str) -> None:
    watched = {
        arrow.target[0]: arrow.label
        for arrow in arrows(full_document)
        if arrow.source == ["CloudWatch"] and "function" in " ".join(arrow.target)
    }
    assert set(watched) == {"api", "finops", "messaging", "workflow"}
    assert all(re.fullmatch(r"logs and \d+ alarms", label) for label in watched.values())


def test_alarms_are_drawn_as_one_arrow_to_their_topic(full_document: str) -> None:
    (notification,) = [
        arrow
        for arrow in arrows(full_document)
        if "topic" in arrow.target and arrow.source == ["CloudWatch"]
    ]
    assert re.fullmatch(r"\d+ alarms", notification.label)


def test_each_stack_except_monitoring_is_a_frame(full_document: str) -> None:
    frames = set(re.findall(r'^ *subgraph \w+\["(.*)"\]$', full_document, re.MULTILINE))
    assert frames == {"storage", *ALL_STACKS} - {"monitoring"}


TEXT = run_path(str(KIT / "docs" / "architecture" / "markdown.py"))["text"]
MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
# Tokens of plain text, and line breaks in cells. Any other token means unescaped text.
PLAIN = {"text", "code_inline", "softbreak", "em_open", "em_close", "link_open", "link_close"}


def test_the_document_is_valid_markdown_for_hostile_answers(render: Render) -> None:
    answers = {**ANSWER_SETS["hostile"], "stacks": list(ALL_STACKS)}
    service = render(answers)
    derive(service)
    document = (service / DOCUMENT).read_text(encoding="utf-8")

    tokens = MARKDOWN.parse(document)
    inline = [token for token in tokens if token.type == "inline"]
    assert "".join(child.content for child in inline[1].children or ()) == answers["description"]
    children = [child for token in inline for child in token.children or ()]
    assert {child.content for child in children if child.type not in PLAIN} <= {"<br>"}
    assert [token.content for token in tokens if token.type == "html_block"] == [
        document.splitlines(keepends=True)[0]
    ]


def test_every_row_has_the_cells_of_its_table(full_document: str) -> None:
    outside_blocks = re.sub(r"^```.*?^```$", "", full_document, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"(?:^\|.*\|\n)+", outside_blocks, re.MULTILINE)
    assert len(found) > len(ALL_STACKS)
    for table in found:
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1, table


@exhaustive.MARK
def test_equal_code_gives_an_equal_document(
    full_document: str, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever order sets have in a process, and wherever the service lies.

    The quicker test_two_commands.py derives twice in the same folder, in processes of their own.
    """
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    service = render({"stacks": list(ALL_STACKS)})
    assert_passes(service, "derive")
    assert (service / DOCUMENT).read_text(encoding="utf-8") == full_document


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
@pytest.mark.parametrize("place", ["# {}\n", "{}\n", "| a |\n|---|\n| {} |\n"])
def test_a_text_in_the_document_is_escaped(place: str, text: str) -> None:
    written = place.format(TEXT(text))
    inline = [token for token in MARKDOWN.parse(written) if token.type == "inline"]
    assert {child.type for child in inline[-1].children or ()} <= {"text"}
    assert "".join(child.content for child in inline[-1].children or ()) == " ".join(text.split())
