"""Who is let in: by policies, in whatever resource they are written, and by properties."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aws_service_kit.controls.evidence.assembly import Assembly, Resource, text
from aws_service_kit.controls.evidence.kinds import ROLE
from aws_service_kit.controls.evidence.values import Joined, Value, dig, items

# Properties that name who is let in, in any type and however deep. Found by the words account,
# grantee, owner and principal in CloudFormation's resource schemas; policies need no table.
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
# Types that do it by a property whose name means something else in other types.
NAMING_IN_ONE_TYPE = {
    "AWS::EC2::NetworkInterfacePermission": "AwsAccountId",
    "AWS::Redshift::EndpointAuthorization": "Account",
    "AWS::ServiceCatalog::PortfolioShare": "AccountId",
}
# Properties beside them that limit whom they let in, each with the condition key for the same.
# https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
LIMITS = {
    "EventSourceToken": "lambda:EventSourceToken",
    "OrganizationId": "aws:PrincipalOrgID",
    "PrincipalOrgID": "aws:PrincipalOrgID",
    "SourceAccount": "aws:SourceAccount",
    "SourceArn": "aws:SourceArn",
}

# An endpoint's policy lets through what others grant (S-D5).
GRANTS_NOTHING = {"AWS::EC2::VPCEndpoint"}

# Conditions on these say who calls or for whom, if their values are fixed.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
WHO = {
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
# Keys of an identity provider end so: a user of its, or an application. Of a provider that serves
# everyone's applications under one name only the first limits anything.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
SUBJECT, AUDIENCE = ":sub", ":aud"
SHARED_PROVIDERS = ("token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io")
# Of every repository of an owner, or whatever runs in one: a pull request, or any branch.
ANY_RUN = re.compile(r"[^:]*:[^:]*\*.*|[^:]*:[^:]*:\*")
# "IfExists" and the negated ones are true of requests without the key.
LIMITING = re.compile(
    r"(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like)|IpAddress)"
)
EVERYWHERE = {"*", "0.0.0.0/0", "::/0"}
# Neither account nor resource is named, such as `arn:aws:s3:::*`.
ARN_OF_ALL = re.compile(r"arn:[^:]*:[^:]*:[^:]*:\**:[*:/]*")

OUTSIDER = re.compile(r"(?<![\w-])(\d{12}|o-[a-z0-9]{10,32})(?![\w-])")
SERVICE = re.compile(r"[a-z0-9.<>-]+\.amazonaws\.com")


@dataclass(frozen=True)
class Grant:
    """Something in a template that lets someone in.

    Attributes:
        holder: The resource whose template holds it.
        principal: Who; None for everyone but those that it names.
        condition: When, if not always.
        trusts: It says who may assume a role, which only those of its account may hand to services.
    """

    holder: Resource
    principal: Value
    condition: Value
    trusts: bool = False

    @property
    def fault(self) -> str:
        """Whom it lets in without knowing them; empty if no one."""
        if self.principal is None:
            return "lets in everyone but those that it names"
        limits = list(_limits(self.condition))
        for kind, principal in _principals(self.principal):
            said = text(principal)
            if said == "*" and not limits:
                return "lets anybody in"
            if kind == "Federated" and not _limits_federated(said, self.condition):
                return f"lets in more than one application of {said.rpartition('/')[2]}"
            if kind == "Service" and not limits and not self.trusts:
                return f"lets {said} in for any account: name the source's ARN or account"
        return ""

    @property
    def outsiders(self) -> set[str]:
        """Other accounts, and organisations, that it lets in."""
        named = [text(self.principal), *(text(value) for _, value in _limits(self.condition))]
        found = {outsider for each in named for outsider in OUTSIDER.findall(each)}
        return found - {self.holder.account}


def grants(assembly: Assembly) -> Iterator[Grant]:
    """Yield everything that lets someone in."""
    for resource in assembly.all:
        if resource.type in GRANTS_NOTHING:
            continue
        for name, value in resource.properties.items():
            trusts = resource.type == ROLE and name == "AssumeRolePolicyDocument"
            # A policy of a bus is its only statement, under the name that documents have for all.
            document = {name: value} if name == "Statement" else value
            for statement in _statements(document):
                if dig(statement, "Effect") == "Allow" and _names_who(statement):
                    yield Grant(
                        resource, dig(statement, "Principal"), dig(statement, "Condition"), trusts
                    )
        for principal, condition in _named(resource.type, dict(resource.properties)):
            yield Grant(resource, principal, condition)


def _named(kind: str, value: Value) -> Iterator[tuple[Value, Value]]:
    """Yield whom properties name, with what limits that, written as a policy's condition."""
    match value:
        case list():
            for item in value:
                yield from _named(kind, item)
        case dict():
            for name, item in value.items():
                if name in NAMING or name == NAMING_IN_ONE_TYPE.get(kind):
                    yield item, _condition(value)
                elif name != "Statement":
                    yield from _named(kind, item)
        case _:
            pass


def _statements(value: Value) -> Iterator[Value]:
    """Yield the statements of every policy in a value, however deep, and written as text too."""
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


def _names_who(statement: Value) -> bool:
    return any(dig(statement, key) is not None for key in ("Principal", "NotPrincipal"))


def _principals(value: Value) -> Iterator[tuple[str, Value]]:
    """Yield each principal with its kind, which properties don't say."""
    if isinstance(value, dict):
        for kind, named in value.items():
            for each in items(named):
                yield kind, each
    else:
        for each in items(value):
            yield ("Service" if SERVICE.fullmatch(text(each)) else "AWS"), each


def _limits(condition: Value) -> Iterator[tuple[str, Value]]:
    """Yield the conditions that say who, as key and values."""
    for key, values in _positive(condition):
        if key in WHO or key.startswith("kms:encryptioncontext:"):
            yield key, values


def _limits_federated(provider: str, condition: Value) -> bool:
    if not provider.endswith(SHARED_PROVIDERS):
        return any(key.endswith((SUBJECT, AUDIENCE)) for key, _ in _positive(condition))
    return any(
        key.endswith(SUBJECT) and not any(ANY_RUN.fullmatch(text(value)) for value in items(values))
        for key, values in _positive(condition)
    )


def _positive(condition: Value) -> Iterator[tuple[str, Value]]:
    """Yield keys, in lower case, that must have one of some fixed values."""
    for operator, keys in condition.items() if isinstance(condition, dict) else ():
        if LIMITING.fullmatch(operator) and isinstance(keys, dict):
            for key, values in keys.items():
                if all(_is_fixed(text(value)) for value in items(values)):
                    yield key.lower(), values


def _is_fixed(value: str) -> bool:
    """Return whether a value of a condition is about someone, not about all."""
    return value not in EVERYWHERE and not ARN_OF_ALL.fullmatch(value)


def _condition(properties: Mapping[str, Value]) -> Value:
    """Write the properties that limit a grant as a policy would."""
    limited = {key: properties[name] for name, key in LIMITS.items() if properties.get(name)}
    # How a bus's policy was written before policies had statements.
    bus = properties.get("Condition")
    key = dig(bus, "Key")
    if isinstance(key, str):
        limited[key] = dig(bus, "Value")
    return {"StringEquals": limited} if limited else None
