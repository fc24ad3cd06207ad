"""Names for the few things that must have one, or that people know by it."""

import hashlib
import json

from aws_cdk import Aws, Fn, Stack
from constructs import IConstruct

from aws_service_kit.constructs.service import Service

# In `named_stacks` of the configuration: every stack.
EVERY_STACK = "*"


def service_name(construct: IConstruct, *, service: Service) -> str | None:
    """Name a resource after service, environment and construct: `orders-dev-Events`.

    For what CloudFormation doesn't name itself, or what AWS wants below a prefix. No other service
    of the account, and no other environment, has the name.

    Args:
        construct: The component, whose id is unique in the environment.
        service: The environment's service.

    Returns:
        None in a stack that keeps the names it was deployed with (`named_stacks` of the
        configuration).
    """
    environment = service.environment
    if not {EVERY_STACK, Stack.of(construct).node.id} & set(environment.named_stacks):
        return None
    return f"{service.name}-{environment.name}-{construct.node.id}"


def stack_suffix() -> str:
    """Give eight characters that differ when a stack is deleted and made again.

    In the name of what outlives its stack, so that the next stack can make its own.
    """
    guid = Fn.select(2, Fn.split("/", Aws.STACK_ID))
    return Fn.select(0, Fn.split("-", guid))


def replaceable_name(construct: IConstruct, *, settled: object) -> str:
    """Name a resource after its stack, so that CloudFormation can still replace it.

    The new resource is made before the old one is deleted, so the two can't have the same name.

    Args:
        construct: A construct of the stack.
        settled: As JSON, the properties that can't be changed without a replacement: with other
            ones comes another name.
    """
    content = json.dumps(settled, sort_keys=True).encode()
    return f"{Stack.of(construct).stack_name}-{hashlib.sha256(content).hexdigest()[:6]}"
