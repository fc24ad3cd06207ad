"""Render docs/architecture.md."""

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

# The environment that the diagrams and most tables show.
SHOWN = "dev"

TEMPLATE = """\
<!-- Derived: `python3 dev.py derive` writes this page (tooling/ownership.toml). -->
# Architecture of {name}

{description}

Derived from the templates of {environment}; the table of [environments](#environments) lists the
differences between environments.

{sections}
"""

WORKING = """\
A frame is a stack. A dotted arrow points to the destination of failures. An arrow between a
function and a resource shows a permission of the function's role."""

WATCHING = (
    "A dotted arrow shows what CloudWatch monitors in a stack: the logs of functions, and alarms."
)

PERMISSIONS = """\
All statements of all roles. *All* means that the actions have no resource-level permissions; such a
statement has a separate policy."""


def render(config: ServiceConfig, assemblies: Mapping[str, Assembly]) -> str:
    """Return the document.

    Args:
        config: The service's configuration.
        assemblies: The environments by name.
    """
    assembly = assemblies[SHOWN]
    graph = build(assembly)
    others = {name: other for name, other in assemblies.items() if name != SHOWN}
    sections = {
        "How it works": _diagram(WORKING, diagrams.working(graph)),
        "How it is monitored": _diagram(WATCHING, diagrams.watching(graph)),
        "Stacks": stacks.render(graph),
        "Functions": functions.render(graph),
        "Permissions": _introduced(PERMISSIONS, permissions.render(graph)),
        "Queues": queues.render(graph, environment=SHOWN),
        "Alarms": alarms.render(graph, others),
        "Network": network.render(graph),
        "Stateful resources": stateful.render(assemblies),
        "Environments": environments.render(config, assemblies),
    }
    return TEMPLATE.format(
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
