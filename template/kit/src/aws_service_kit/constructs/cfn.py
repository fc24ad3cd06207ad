"""Reach the CloudFormation resource behind a construct."""

from typing import TypeVar

from aws_cdk import CfnResource
from constructs import IConstruct

Resource = TypeVar("Resource", bound=CfnResource)


def cfn_resource(construct: IConstruct, kind: type[Resource]) -> Resource:
    """Give the CloudFormation resource that a construct of the CDK stands for, or is.

    Args:
        construct: The construct, or the resource itself.
        kind: The resource's class, such as `CfnFunction`; `CfnResource` takes any.

    Raises:
        TypeError: It stands for none, or for another kind.
    """
    resource = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(resource, kind):
        raise TypeError(f"{construct.node.path}: no {kind.__name__} behind it")
    return resource
