"""Who may call a function, where nothing else in the templates says that it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aws_service_kit.docs.architecture.assembly import Assembly
from aws_service_kit.docs.architecture.flows.flow import Flow


def flows(assembly: Assembly, known: Iterable[Flow]) -> Iterator[Flow]:
    """Yield calls that functions' own policies allow, such as a bucket's notifications.

    Args:
        assembly: The stacks.
        known: Flows found by what makes the calls, which say more.
    """
    ends = {(flow.source, flow.target) for flow in known}
    for permission in assembly.resources("AWS::Lambda::Permission"):
        for source in assembly.shown_by(permission.get("SourceArn")):
            for function in assembly.shown_by(permission.get("FunctionName")):
                if (source, function) not in ends:
                    yield Flow(source, function, "calls")
