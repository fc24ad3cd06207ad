"""The table of functions: their callers, and the resources that they access."""

from __future__ import annotations

from aws_service_kit.docs.architecture.assembly import Resource
from aws_service_kit.docs.architecture.flows.flow import End, Outside, Whole
from aws_service_kit.docs.architecture.formatting import duration
from aws_service_kit.docs.architecture.graph import Graph
from aws_service_kit.docs.architecture.markdown import code, table, text
from aws_service_kit.docs.architecture.values import number

FUNCTION = "AWS::Lambda::Function"
HEADINGS = ("Function", "Stack", "Handler", "Called by", "Works with", "Memory", "Time-out")
# Lambda's defaults.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
DEFAULT_MEMORY_MB = 128
DEFAULT_TIMEOUT_S = 3


def render(graph: Graph) -> str:
    """Return a table with a row for each function."""
    return table(
        HEADINGS,
        [
            (
                code(function.name),
                code(function.stack),
                code(graph.assembly.text(function.get("Handler"))),
                _callers(graph, function),
                _work(graph, function),
                f"{number(function.get('MemorySize')) or DEFAULT_MEMORY_MB:g} MB",
                duration(number(function.get("Timeout")) or DEFAULT_TIMEOUT_S),
            )
            for function in graph.assembly.resources(FUNCTION)
        ],
    )


def _callers(graph: Graph, function: Resource) -> str:
    return "; ".join(_with_label(flow.source, flow.label) for flow in graph.into(function, "calls"))


def _work(graph: Graph, function: Resource) -> str:
    used = [f"{text(flow.label)} {_name(flow.target)}" for flow in graph.out_of(function, "uses")]
    read = [f"reads {_name(flow.source)}" for flow in graph.into(function, "configures")]
    return "; ".join(used + read)


def _with_label(end: End, label: str) -> str:
    return f"{_name(end)}: {text(label)}" if label else _name(end)


def _name(end: End) -> str:
    match end:
        case Outside():
            return text(end.value)
        case Whole(stack):
            return code(stack)
        case Resource():
            return code(end.name)
