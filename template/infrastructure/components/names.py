# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Names for the few things that must have one, or that people know by it."""

import hashlib
import json

from aws_cdk import Stack
from constructs import IConstruct


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
