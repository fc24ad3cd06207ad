"""Read the permissions of roles as policy statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.values import Value, dig, items, texts

ROLE = "AWS::IAM::Role"
POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy")
# Types that refer to a role without using it: its policies, and other roles, which may pass it.
NOT_HOLDERS = {*POLICIES, ROLE}


@dataclass(frozen=True)
class Statement:
    """A statement of a policy.

    Attributes:
        sid: Its id; empty if it has none.
        allows: Whether its effect is Allow, and not Deny.
        actions: Its actions; empty for a managed policy.
        resources: Its resources.
        excludes: Whether it applies to all resources except these.
        condition: Its condition, if there is one.
    """

    sid: str
    allows: bool
    actions: tuple[str, ...]
    resources: Value
    excludes: bool = False
    condition: Value = None


def statements(assembly: Assembly, role: Resource) -> Iterator[Statement]:
    """Yield the statements of a role: of its inline policies, and of policies that refer to it."""
    for inline in items(role.get("Policies")):
        yield from _statements(dig(inline, "PolicyDocument"))
    for arn in items(role.get("ManagedPolicyArns")):
        name = assembly.text(arn).rpartition("/")[2]
        yield Statement(name, allows=True, actions=(), resources="*")
    for policy in assembly.resources(*POLICIES):
        holders = [policy.get("Roles"), policy.get("RoleName")]
        if role in assembly.named_by(holders):
            yield from _statements(policy.get("PolicyDocument"))


def holders(assembly: Assembly, role: Resource) -> list[Resource]:
    """Return the resources that use a role."""
    return [
        resource
        for resource in assembly.resources()
        if resource.type not in NOT_HOLDERS and role in assembly.named_by(resource.properties)
    ]


def _statements(document: Value) -> Iterator[Statement]:
    for statement in items(dig(document, "Statement")):
        actions = texts(dig(statement, "Action"))
        actions += [f"all except {action}" for action in texts(dig(statement, "NotAction"))]
        excluded = dig(statement, "NotResource")
        yield Statement(
            sid=next(iter(texts(dig(statement, "Sid"))), ""),
            allows=dig(statement, "Effect") != "Deny",
            actions=tuple(actions),
            resources=dig(statement, "Resource") if excluded is None else excluded,
            excludes=excluded is not None,
            condition=dig(statement, "Condition"),
        )
