"""Put the page together."""

from __future__ import annotations

from collections.abc import Mapping

from aws_service_kit.config import ServiceConfig
from aws_service_kit.docs.architecture import diagrams
from aws_service_kit.docs.architecture.assembly import Assembly
from aws_service_kit.docs.architecture.graph import build
from aws_service_kit.docs.architecture.markdown import block, code, text
from aws_service_kit.docs.architecture.tables import (
    alarms,
    environments,
    functions,
    network,
    permissions,
    queues,
    stacks,
    stateful,
)

# The environment that the page is about, where it isn't about all of them.
SHOWN = "dev"

PAGE = """\
<!-- Derived: `python3 dev.py derive` writes this page (tooling/ownership.toml). -->
# Architecture of {name}

{description}

Made from the templates of {environment}, as they would be deployed; the environments differ in what
the table of [environments](#environments) tells.

{sections}
"""

WORKING = """\
A frame is a stack. A dotted arrow leads to where failures end. An arrow between a function and what
it works with is what its role allows."""

WATCHING = (
    "A dotted arrow says what CloudWatch watches in a stack: its functions' logs, its alarms."
)

PERMISSIONS = """\
Every statement of every role. *All* stands where AWS knows no resources for the actions; such a
statement has a policy of its own."""


def render(config: ServiceConfig, assemblies: Mapping[str, Assembly]) -> str:
    """Write the page.

    Args:
        config: The service's configuration.
        assemblies: Every environment by its name.
    """
    assembly = assemblies[SHOWN]
    graph = build(assembly)
    others = {name: other for name, other in assemblies.items() if name != SHOWN}
    stack_prefix = f"{config.service.name}-{SHOWN}-"
    sections = {
        "How it works": _diagram(WORKING, diagrams.working(graph)),
        "Who watches it": _diagram(WATCHING, diagrams.watching(graph)),
        "Stacks": stacks.render(graph),
        "Functions": functions.render(graph),
        "Permissions": _introduced(PERMISSIONS, permissions.render(graph)),
        "Queues": queues.render(graph, stack_prefix=stack_prefix),
        "Alarms": alarms.render(graph, others),
        "Network": network.render(graph),
        "Stateful resources": stateful.render(assemblies),
        "Environments": environments.render(config, assemblies),
    }
    return PAGE.format(
        name=text(config.service.name),
        description=text(config.service.description),
        environment=code(SHOWN),
        sections="\n\n".join(
            f"## {title}\n\n{section}" for title, section in sections.items() if section
        ),
    )


def _diagram(introduction: str, source: str) -> str:
    return _introduced(introduction, block("mermaid", source)) if source else ""


def _introduced(introduction: str, section: str) -> str:
    return f"{introduction}\n\n{section}" if section else ""
