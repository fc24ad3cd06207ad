"""Principals that get access: by a policy in any resource, and by properties."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aws_service_kit.controls.evidence.assembly import Assembly, Resource, text
from aws_service_kit.controls.evidence.resource_types import ROLE
from aws_service_kit.controls.evidence.values import Joined, Value, dig, items

# Properties that name a principal, in any type and at any depth. Found by searching
# CloudFormation's resource schemas for account, grantee, owner and principal. Policies need no
# table.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
NAMING = {
    "AllowedPrincipals",
    "AuthorizedAccountId",
    "AuthorizedPrincipals",
    "DataLakePrincipalIdentifier",
    "GranteeIdentifier",
    "OrganizationArns",
    "PeerAccountId",
    "PeerOwnerId",
    "Principal",
    "PrincipalARN",
    "PrincipalArn",
    "Principals",
    "ReadOnlyAccessAccounts",
    "SharedAccounts",
    "SinkIdentifier",
    "SourceSecurityGroupOwnerId",
    "TargetAccounts",
    "UserIds",
}
# Types with a property for principals whose name means something else in other types.
NAMING_IN_ONE_TYPE = {
    "AWS::EC2::NetworkInterfacePermission": "AwsAccountId",
    "AWS::Redshift::EndpointAuthorization": "Account",
    "AWS::ServiceCatalog::PortfolioShare": "AccountId",
}
# Properties that limit those principals, each with the condition key of the same meaning.
# https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
LIMITS = {
    "EventSourceToken": "lambda:EventSourceToken",
    "OrganizationId": "aws:PrincipalOrgID",
    "PrincipalOrgID": "aws:PrincipalOrgID",
    "SourceAccount": "aws:SourceAccount",
    "SourceArn": "aws:SourceArn",
}

# An endpoint's policy grants no access (S-D5).
GRANTS_NOTHING = {"AWS::EC2::VPCEndpoint"}

# Conditions on these keys identify the caller, if their values are fixed.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
PRINCIPAL_CONDITION_KEYS = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "kms:calleraccount",
    "lambda:eventsourcetoken",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
}
# Suffixes of an identity provider's keys, for a user and for an application. If one provider serves
# the applications of everyone, only the user's key limits access.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
SUBJECT, AUDIENCE = ":sub", ":aud"
SHARED_PROVIDERS = ("token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io")
# Subjects that match every repository of an owner, or every branch and pull request of one.
ANY_RUN = re.compile(r"[^:]*:[^:]*\*.*|[^:]*:[^:]*:\*")
# Negated operators and those with "IfExists" are true for requests without the key.
LIMITING = re.compile(
    r"(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like)|IpAddress)"
)
EVERYWHERE = {"*", "0.0.0.0/0", "::/0"}
# An ARN without account and resource, such as `arn:aws:s3:::*`.
ARN_OF_ALL = re.compile(r"arn:[^:]*:[^:]*:[^:]*:\**:[*:/]*")

OUTSIDER = re.compile(r"(?<![\w-])(\d{12}|o-[a-z0-9]{10,32})(?![\w-])")
SERVICE = re.compile(r"[a-z0-9.<>-]+\.amazonaws\.com")


@dataclass(frozen=True)
class Grant:
    """Access that a template grants to a principal.

    Attributes:
        holder: The resource that the grant is written in.
        principal: The principal; None for everyone except the named ones.
        condition: The condition, if there is one.
        trusts: It is a role's trust policy. Only the role's account can pass the role to a service.
        sid: The id of its statement; empty if it has none.
    """

    holder: Resource
    principal: Value
    condition: Value
    trusts: bool = False
    sid: str = ""

    @property
    def name(self) -> str:
        """Its name within the holder: the statement's id, or else the principal."""
        return self.sid or text(self.principal) or "everyone else"

    @property
    def fault(self) -> str:
        """The fault, if the grant admits unknown principals; empty otherwise."""
        if self.principal is None:
            return "grants access to everyone except the named principals"
        limits = list(_limits(self.condition))
        for principal_type, principal in _principals(self.principal):
            named = text(principal)
            if named == "*" and not limits:
                return "grants access to anyone"
            if principal_type == "Federated" and not _limits_federated(named, self.condition):
                return f"grants access to more than one application of {named.rpartition('/')[2]}"
            if principal_type == "Service" and not limits and not self.trusts:
                return f"allows {named} for any account: name the source's ARN or account"
        return ""

    @property
    def outsiders(self) -> set[str]:
        """Other accounts and organisations that get access."""
        named = [text(self.principal), *(text(value) for _, value in _limits(self.condition))]
        found = {outsider for each in named for outsider in OUTSIDER.findall(each)}
        return found - {self.holder.account}


def grants(assembly: Assembly) -> Iterator[Grant]:
    """Yield every grant in the templates."""
    for resource in assembly.all:
        if resource.type in GRANTS_NOTHING:
            continue
        for name, value in resource.properties.items():
            trusts = resource.type == ROLE and name == "AssumeRolePolicyDocument"
            # The policy of an event bus is a single statement, in the property that usually holds a
            # document.
            document = {name: value} if name == "Statement" else value
            for statement in _statements(document):
                if dig(statement, "Effect") == "Allow" and _has_principal(statement):
                    yield Grant(
                        resource,
                        dig(statement, "Principal"),
                        dig(statement, "Condition"),
                        trusts,
                        text(dig(statement, "Sid")),
                    )
        for principal, condition in _named(resource.type, dict(resource.properties)):
            yield Grant(resource, principal, condition)


def _named(resource_type: str, value: Value) -> Iterator[tuple[Value, Value]]:
    """Yield the principals in properties, with their limits written as a policy's condition."""
    match value:
        case list():
            for item in value:
                yield from _named(resource_type, item)
        case dict():
            for name, item in value.items():
                if name in NAMING or name == NAMING_IN_ONE_TYPE.get(resource_type):
                    yield item, _condition(value)
                elif name != "Statement":
                    yield from _named(resource_type, item)
        case _:
            pass


def _statements(value: Value) -> Iterator[Value]:
    """Yield the statements of every policy in a value, at any depth, as JSON text too."""
    match value:
        case str() | Joined():
            written = text(value)
            if '"Statement"' in written:
                yield from _statements(_parsed(written))
        case list():
            for item in value:
                yield from _statements(item)
        case dict():
            for name, item in value.items():
                found = [each for each in items(item) if dig(each, "Effect") is not None]
                yield from found if name == "Statement" else _statements(item)
        case _:
            pass


def _parsed(written: str) -> Value:
    try:
        parsed: Value = json.loads(written)
    except ValueError:
        return None
    return parsed


def _has_principal(statement: Value) -> bool:
    return any(dig(statement, key) is not None for key in ("Principal", "NotPrincipal"))


def _principals(value: Value) -> Iterator[tuple[str, Value]]:
    """Yield each principal with its type, such as `Service`; properties don't state the type."""
    if isinstance(value, dict):
        for principal_type, named in value.items():
            for each in items(named):
                yield principal_type, each
    else:
        for each in items(value):
            yield ("Service" if SERVICE.fullmatch(text(each)) else "AWS"), each


def _limits(condition: Value) -> Iterator[tuple[str, Value]]:
    """Yield the conditions that identify the caller, as key and values."""
    for key, values in _positive(condition):
        if key in PRINCIPAL_CONDITION_KEYS or key.startswith("kms:encryptioncontext:"):
            yield key, values


def _limits_federated(provider: str, condition: Value) -> bool:
    if not provider.endswith(SHARED_PROVIDERS):
        return any(key.endswith((SUBJECT, AUDIENCE)) for key, _ in _positive(condition))
    return any(
        key.endswith(SUBJECT) and not any(ANY_RUN.fullmatch(text(value)) for value in items(values))
        for key, values in _positive(condition)
    )


def _positive(condition: Value) -> Iterator[tuple[str, Value]]:
    """Yield the keys, in lower case, that must equal one of several fixed values."""
    for operator, keys in condition.items() if isinstance(condition, dict) else ():
        if LIMITING.fullmatch(operator) and isinstance(keys, dict):
            for key, values in keys.items():
                if all(_is_fixed(text(value)) for value in items(values)):
                    yield key.lower(), values


def _is_fixed(value: str) -> bool:
    """Return whether a condition's value names specific callers instead of all."""
    return value not in EVERYWHERE and not ARN_OF_ALL.fullmatch(value)


def _condition(properties: Mapping[str, Value]) -> Value:
    """Return the properties that limit a grant as a policy's condition."""
    limited = {key: properties[name] for name, key in LIMITS.items() if properties.get(name)}
    # The form of an event bus policy before it had statements.
    bus = properties.get("Condition")
    key = dig(bus, "Key")
    if isinstance(key, str):
        limited[key] = dig(bus, "Value")
    return {"StringEquals": limited} if limited else None
