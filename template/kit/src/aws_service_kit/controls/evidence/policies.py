"""The statements of all policies in the templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_service_kit.controls.evidence.assembly import Assembly, Resource
from aws_service_kit.controls.evidence.values import Value, dig, items, texts

ROLE = "AWS::IAM::Role"
# Policies of identities, which state the permissions of a role, not access to a resource.
IDENTITY = {"AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy", ROLE}


@dataclass(frozen=True)
class Statement:
    """A statement of a policy.

    Attributes:
        holder: The resource that the statement is written in.
        sid: Its id; empty if it has none.
        allows: Its effect is Allow; otherwise Deny.
        actions: Its actions.
        resources: Its resources.
        principal: Its principal, in a resource's policy.
        condition: Its condition, if there is one.
        negated: It applies to everything except the actions or resources that it names.
    """

    holder: Resource
    sid: str
    allows: bool
    actions: tuple[str, ...]
    resources: Value
    principal: Value
    condition: Value
    negated: bool

    @property
    def by_identity(self) -> bool:
        """It belongs to an identity's policy."""
        return self.holder.type in IDENTITY


def statements(assembly: Assembly) -> Iterator[Statement]:
    """Yield every statement except those of trust policies."""
    for resource in assembly.all:
        yield from of(resource)


def of(resource: Resource) -> Iterator[Statement]:
    """Yield the statements that are written in a resource."""
    documents = [resource.get("PolicyDocument"), resource.get("KeyPolicy")]
    documents += [dig(policy, "PolicyDocument") for policy in items(resource.get("Policies"))]
    for document in documents:
        for statement in items(dig(document, "Statement")):
            yield _statement(resource, statement)


def of_role(assembly: Assembly, role: Resource) -> Iterator[Statement]:
    """Yield the statements of a role: its inline policies and policies that name it."""
    yield from of(role)
    for policy in assembly.near(role, *sorted(IDENTITY - {ROLE})):
        named = [policy.get("Roles"), policy.get("RoleName")]
        if role in assembly.named_by(policy, named):
            yield from of(policy)


def _statement(holder: Resource, statement: Value) -> Statement:
    return Statement(
        holder=holder,
        sid=next(iter(texts(dig(statement, "Sid"))), ""),
        allows=dig(statement, "Effect") != "Deny",
        actions=(*texts(dig(statement, "Action")), *texts(dig(statement, "NotAction"))),
        resources=dig(statement, "Resource") or dig(statement, "NotResource"),
        principal=dig(statement, "Principal") or dig(statement, "NotPrincipal"),
        condition=dig(statement, "Condition"),
        negated=any(dig(statement, f"Not{key}") for key in ("Action", "Principal", "Resource")),
    )
