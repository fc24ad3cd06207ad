"""What every stateful resource needs: a lasting identity and an explicit end."""

import re

from aws_cdk import CfnResource, RemovalPolicy
from constructs import Construct

from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.service import Service


def removal_policy(service: Service, *, protected: bool = False) -> RemovalPolicy:
    """Give what becomes of a stateful resource when it leaves the template.

    Args:
        service: The environment's service.
        protected: AWS refuses to delete the resource itself (deletion protection).

    Returns:
        In an environment that retains resources, a policy that still deletes those that a rolled
        back creation leaves behind; that deletion would fail for a protected one.
    """
    if service.environment.removal == "destroy":
        return RemovalPolicy.DESTROY
    return RemovalPolicy.RETAIN if protected else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE


def pin_logical_id(resource: Construct, logical_id: str) -> None:
    """Make a resource's logical id independent of where its construct stands in the tree.

    CloudFormation replaces a resource whose logical id changes, and its data is gone: so no
    refactoring may change it.

    Args:
        resource: A construct with one CloudFormation resource behind it.
        logical_id: Unique in its stack; letters and digits.

    Raises:
        ArgumentError: The id has other characters.
    """
    if re.fullmatch(r"[A-Za-z0-9]+", logical_id) is None:
        raise ArgumentError(f"{logical_id!r}: the id of a stateful resource has letters and digits")
    cfn_resource(resource, CfnResource).override_logical_id(logical_id)
