"""Flows to functions that only a Lambda permission shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aws_service_kit.docs.architecture.assembly import Assembly
from aws_service_kit.docs.architecture.flows.flow import Flow


def flows(assembly: Assembly, known: Iterable[Flow]) -> Iterator[Flow]:
    """Yield the invocations that functions' resource policies allow, such as those by a bucket.

    Args:
        assembly: The stacks.
        known: Flows that were found by their source, with more details.
    """
    ends = {(flow.source, flow.target) for flow in known}
    for permission in assembly.resources("AWS::Lambda::Permission"):
        for source in assembly.shown_by(permission.get("SourceArn")):
            for function in assembly.shown_by(permission.get("FunctionName")):
                if (source, function) not in ends:
                    yield Flow(source, function, "calls")
