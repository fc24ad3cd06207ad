"""Every statement of every policy in the templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_service_kit.controls.evidence.assembly import Assembly, Resource
from aws_service_kit.controls.evidence.values import Value, dig, items, texts

ROLE = "AWS::IAM::Role"
# What hangs on a role, and so says what somebody may do, not who may do something to it.
IDENTITY = {"AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy", ROLE}


@dataclass(frozen=True)
class Statement:
    """A statement of a policy.

    Attributes:
        holder: The resource whose template holds it.
        sid: Its id; empty if it has none.
        allows: It allows; otherwise it denies.
        actions: What.
        resources: On what.
        principal: Who, in a resource's policy.
        condition: When, if not always.
        negated: It is about all but what it names.
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
        """It says what a role may do."""
        return self.holder.type in IDENTITY


def statements(assembly: Assembly) -> Iterator[Statement]:
    """Yield every statement but those of who may assume a role."""
    for resource in assembly.all:
        yield from of(resource)


def of(resource: Resource) -> Iterator[Statement]:
    """Yield the statements that a resource holds."""
    documents = [resource.get("PolicyDocument"), resource.get("KeyPolicy")]
    documents += [dig(policy, "PolicyDocument") for policy in items(resource.get("Policies"))]
    for document in documents:
        for statement in items(dig(document, "Statement")):
            yield _statement(resource, statement)


def of_role(assembly: Assembly, role: Resource) -> Iterator[Statement]:
    """Yield what a role may do, by its own policies and those that name it."""
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
