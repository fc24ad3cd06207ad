"""The table of networks, with their functions and endpoints."""

from __future__ import annotations

from aws_service_kit.docs.architecture.graph import Graph
from aws_service_kit.docs.architecture.markdown import code, table, times
from aws_service_kit.docs.architecture.network import VPC, endpoints_of, functions_in

HEADINGS = ("VPC", "Addresses", "Functions in it", "Endpoints to")


def render(graph: Graph) -> str:
    """Return a table with a row for each VPC."""
    assembly = graph.assembly
    return table(
        HEADINGS,
        [
            (
                code(vpc.name),
                code(assembly.text(vpc.get("CidrBlock"))),
                times(function.name for function in functions_in(assembly, vpc)),
                times(sorted(name for name, _ in endpoints_of(assembly, vpc))),
            )
            for vpc in assembly.resources(VPC)
        ],
    )
