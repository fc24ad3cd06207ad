"""Removal policy and logical id of stateful resources."""

import re

from aws_cdk import CfnResource, RemovalPolicy
from constructs import Construct

from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.environment import ServiceEnvironment


def removal_policy(environment: ServiceEnvironment, *, protected: bool = False) -> RemovalPolicy:
    """Return the removal policy of a stateful resource.

    Args:
        environment: The environment that the resource is in.
        protected: The resource has deletion protection.

    Returns:
        In an environment that retains resources, RETAIN_ON_UPDATE_OR_DELETE, which still deletes
        the resource when its creation is rolled back. This deletion would fail for a protected
        resource, so its policy is RETAIN.
    """
    if environment.settings.removal == "destroy":
        return RemovalPolicy.DESTROY
    return RemovalPolicy.RETAIN if protected else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE


def pin_logical_id(resource: Construct, logical_id: str) -> None:
    """Make a resource's logical id independent of its construct's place in the tree.

    CloudFormation replaces a resource whose logical id changes, and its data is lost. So a
    refactoring must not change it.

    Args:
        resource: A construct with one CloudFormation (L1) resource.
        logical_id: Unique in its stack; letters and digits.

    Raises:
        ArgumentError: The id has other characters.
    """
    if re.fullmatch(r"[A-Za-z0-9]+", logical_id) is None:
        raise ArgumentError(f"{logical_id!r}: the id of a stateful resource has letters and digits")
    cfn_resource(resource, CfnResource).override_logical_id(logical_id)
