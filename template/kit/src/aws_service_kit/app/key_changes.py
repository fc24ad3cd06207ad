"""Reject changes of `encryption` that would make data unreadable for a deployed service.

Stacks are deployed one after the other. An earlier stack encrypts with the key while functions of a
later stack still lack permissions for it, unless `prepare` was deployed before
(kit/guides/encryption.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aws_service_kit.config import EnvironmentName
from aws_service_kit.controls.evidence.values import dig, items, texts

Template = Mapping[str, Any]
# Templates by the stacks' short names, such as `storage`.
Templates = Mapping[str, Template]

# The environment's key (constructs/encryption_key.py), and the name of its output, which each
# reference of another stack contains.
KEY = "EncryptionKey"
REFERENCE = f"FnGetAtt{KEY}Arn"

ROLE = "AWS::IAM::Role"
POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")


def rejection(environment: EnvironmentName, deployed: Templates, planned: Templates) -> str | None:
    """Return in one line why a deployment is rejected, with the remedy; None if it is accepted.

    Args:
        environment: The environment's name.
        deployed: The templates of its deployed stacks.
        planned: The templates to deploy.
    """
    prepare = (
        f'set environments.{environment}.encryption = "prepare" in '
        "infrastructure/config/team.toml and deploy that"
    )
    if lost := sorted(_cut_off(deployed, planned)):
        return (
            f"{environment} would lose its key, and the data that the key encrypted in "
            f"{', '.join(lost)}: {prepare} (kit/guides/encryption.md)"
        )
    if stacks := sorted(_unprepared(deployed, planned)):
        return (
            f"{environment} would encrypt with its key before the roles of "
            f"{', '.join(stacks)} may use it: {prepare} first (kit/guides/encryption.md)"
        )
    return None


def _cut_off(deployed: Templates, planned: Templates) -> Iterator[str]:
    """Yield the resources that were encrypted with the key and lose it."""
    if any(_resource(template, KEY) for template in planned.values()):
        return
    services = {
        service
        for template in deployed.values()
        for role in _ids(template, ROLE)
        for service in _services_with_key(template, role)
    }
    for stack, template in deployed.items():
        for logical_id, resource in template["Resources"].items():
            if _service(resource) in services:
                yield f"{stack}/{logical_id}"


def _unprepared(deployed: Templates, planned: Templates) -> Iterator[str]:
    """Yield the stacks whose deployed roles need the key before they get its permissions."""
    both = deployed.keys() & planned.keys()
    newly_encrypted = {
        _service(resource)
        for stack in both
        for logical_id, resource in planned[stack]["Resources"].items()
        if _refers(resource) and _unencrypted(_resource(deployed[stack], logical_id))
    }
    for stack in both:
        if any(
            newly_encrypted
            & _services(deployed[stack], role)
            & _granted(deployed, planned, stack, role)
            for role in _ids(deployed[stack], ROLE)
        ):
            yield stack


def _granted(deployed: Templates, planned: Templates, stack: str, role: str) -> set[str]:
    """Return the services through which a role may use the key only after the deployment."""
    before, after = (_services_with_key(each[stack], role) for each in (deployed, planned))
    return after - before


def _unencrypted(resource: object) -> bool:
    return resource is not None and not _refers(resource)


def _refers(value: object) -> bool:
    return REFERENCE in str(value)


def _service(resource: Mapping[str, Any]) -> str:
    """Return the prefix of a service's endpoint and actions, for a resource's type."""
    return str(resource["Type"]).split("::")[1].lower()


def _services(template: Template, role: str) -> set[str]:
    """Return the services that a role may call."""
    return {
        action.partition(":")[0]
        for statement in _statements(template, role)
        for action in texts(dig(statement, "Action"))
    }


def _services_with_key(template: Template, role: str) -> set[str]:
    """Return the services through which a role may use the key."""
    return {
        endpoint.partition(".")[0]
        for statement in _statements(template, role)
        if _refers(statement)
        for endpoint in texts(dig(statement, "Condition", "StringEquals", "kms:ViaService"))
    }


def _statements(template: Template, role: str) -> Iterator[Any]:
    """Yield the statements of a role: its inline policies and policies that name it."""
    documents = [
        dig(policy, "PolicyDocument")
        for policy in items(dig(_resource(template, role), "Properties", "Policies"))
    ]
    for name in _ids(template, *POLICIES):
        properties = dig(_resource(template, name), "Properties")
        if {"Ref": role} in items(dig(properties, "Roles")):
            documents.append(dig(properties, "PolicyDocument"))
    for document in documents:
        yield from items(dig(document, "Statement"))


def _ids(template: Template, *types: str) -> list[str]:
    return [name for name, body in template["Resources"].items() if body["Type"] in types]


def _resource(template: Template, logical_id: str) -> Any:  # noqa: ANN401 - of any shape
    return template["Resources"].get(logical_id)
