"""The tables of permissions: every statement of every role (guideline, 5 and 9.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aws_service_kit.docs.architecture.assembly import Assembly, Resource, Stack
from aws_service_kit.docs.architecture.graph import Graph
from aws_service_kit.docs.architecture.markdown import code, table, text, times
from aws_service_kit.docs.architecture.policies import ROLE, Statement, holders, statements
from aws_service_kit.docs.architecture.values import items

HEADINGS = ("Role of", "Statement", "Actions", "Resources")
EVERYTHING = "*"
FUNCTION = "AWS::Lambda::Function"


def render(graph: Graph) -> str:
    """Return a table for each stack with roles."""
    parts = []
    for stack in graph.assembly.stacks:
        rows = list(_rows(graph.assembly, stack))
        if rows:
            parts += [f"### Roles of {code(stack.name)}", table(HEADINGS, rows)]
    return "\n\n".join(parts)


def _rows(assembly: Assembly, stack: Stack) -> Iterator[tuple[str, str, str, str]]:
    roles = [resource for resource in stack.resources if resource.type == ROLE]
    held = {role: list(statements(assembly, role)) for role in roles}
    common = _common(held, [role for role in roles if _is_function(assembly, role)])
    for statement in common:
        yield ("every function", *_cells(assembly, statement))
    for role, all_statements in held.items():
        users = _users(assembly, role)
        for statement in all_statements:
            if statement not in common:
                yield (users, *_cells(assembly, statement))


def _common(
    held: Mapping[Resource, Sequence[Statement]], functions: Sequence[Resource]
) -> list[Statement]:
    """Return the statements that the roles of several functions have in common."""
    if len(functions) == 1:
        return []
    return [
        statement
        for role in functions[:1]
        for statement in held[role]
        if all(statement in held[other] for other in functions)
    ]


def _is_function(assembly: Assembly, role: Resource) -> bool:
    return any(holder.type == FUNCTION for holder in holders(assembly, role))


def _users(assembly: Assembly, role: Resource) -> str:
    found = holders(assembly, role)
    if not found:
        return code(role.name)
    return ", ".join(
        f"{text(holder.diagram_type.title)} {code(holder.name)}"
        if holder.diagram_type
        else code(holder.name)
        for holder in found
    )


def _cells(assembly: Assembly, statement: Statement) -> tuple[str, str, str]:
    actions = times(statement.actions) or "those of a managed policy"
    names = [assembly.text(resource) for resource in items(statement.resources)]
    resources = "all" if names == [EVERYTHING] else times(names)
    if statement.excludes:
        resources = f"all except {resources}"
    if statement.condition is not None:
        resources += f" if {code(assembly.text(statement.condition))}"
    return (
        code(statement.sid) or "without an id",
        actions if statement.allows else f"denied: {actions}",
        resources,
    )
