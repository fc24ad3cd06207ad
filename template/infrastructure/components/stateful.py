# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What every stateful resource needs: a lasting identity and an explicit end."""

import re

from aws_cdk import CfnResource, RemovalPolicy
from constructs import Construct

from infrastructure.components.cfn import cfn_resource
from infrastructure.service import Service


def removal_policy(service: Service) -> RemovalPolicy:
    """Give what becomes of a stateful resource when it leaves the template."""
    policies = {"retain": RemovalPolicy.RETAIN, "destroy": RemovalPolicy.DESTROY}
    return policies[service.environment.removal]


def pin_logical_id(resource: Construct, logical_id: str) -> None:
    """Make a resource's logical id independent of where its construct stands in the tree.

    CloudFormation replaces a resource whose logical id changes, and its data is gone: so no
    refactoring may change it.

    Args:
        resource: A construct with one CloudFormation resource behind it.
        logical_id: Unique in its stack; letters and digits.

    Raises:
        ValueError: The id has other characters.
    """
    if re.fullmatch(r"[A-Za-z0-9]+", logical_id) is None:
        raise ValueError(f"{logical_id!r}: the id of a stateful resource has letters and digits")
    cfn_resource(resource, CfnResource).override_logical_id(logical_id)
