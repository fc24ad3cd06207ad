"""Physical names, for the few resources that need one."""

import hashlib
import json

from aws_cdk import Aws, Fn, Stack
from constructs import IConstruct
from typing_extensions import deprecated

from aws_service_kit.constructs.environment import ServiceEnvironment

# Every stack, in `named_stacks` of the configuration.
EVERY_STACK = "*"


def physical_name(construct: IConstruct) -> str | None:
    """Return a resource's physical name: service, environment and construct (`orders-dev-Events`).

    It is for resources that CloudFormation doesn't name, or whose names need a prefix. The name is
    unique among services and environments of an account.

    Args:
        construct: The construct; its id is unique in the environment.

    Returns:
        The name; None in a stack that keeps the names with which it was deployed (`named_stacks` of
        the configuration).
    """
    environment = ServiceEnvironment.of(construct)
    settings = environment.settings
    if not {EVERY_STACK, Stack.of(construct).node.id} & set(settings.named_stacks):
        return None
    return f"{environment.name}-{settings.name}-{construct.node.id}"


@deprecated("service_name is called physical_name since 2.1.0")
def service_name(construct: IConstruct, *, service: ServiceEnvironment) -> str | None:
    """The former name of `physical_name`."""
    del service  # found by the construct's scope
    return physical_name(construct)


def stack_suffix() -> str:
    """Return eight characters that change when a stack is deleted and created again.

    They are part of the names of retained resources, so that the next stack can create new ones.
    """
    guid = Fn.select(2, Fn.split("/", Aws.STACK_ID))
    return Fn.select(0, Fn.split("-", guid))


def replaceable_name(construct: IConstruct, *, replaced_with: object) -> str:
    """Return a name with the stack's name, which changes when a resource must be replaced.

    CloudFormation creates the new resource before it deletes the old one, so names must differ.

    Args:
        construct: A construct of the stack.
        replaced_with: The properties that can't be changed without a replacement, as JSON; the name
            contains their hash.
    """
    content = json.dumps(replaced_with, sort_keys=True).encode()
    return f"{Stack.of(construct).stack_name}-{hashlib.sha256(content).hexdigest()[:6]}"
