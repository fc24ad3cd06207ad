"""Access to the CloudFormation (L1) resource of a construct."""

from typing import TypeVar

from aws_cdk import CfnResource
from constructs import IConstruct

Resource = TypeVar("Resource", bound=CfnResource)


def cfn_resource(construct: IConstruct, kind: type[Resource]) -> Resource:
    """Return the CloudFormation (L1) resource of a construct of the CDK.

    Args:
        construct: The construct, or the L1 resource itself.
        kind: The resource's class, such as `CfnFunction`; `CfnResource` takes any.

    Raises:
        TypeError: The construct has no resource, or one of another class.
    """
    resource = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(resource, kind):
        raise TypeError(f"{construct.node.path} has no {kind.__name__}")
    return resource
