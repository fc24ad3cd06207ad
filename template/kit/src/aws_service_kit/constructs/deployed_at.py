"""When a stack was last deployed, so that each deployment changes what holds it."""

from aws_cdk import CfnParameter, Fn, Stack
from constructs import IConstruct

# Given by the task `deploy` (kit/src/aws_service_kit/app/deployment.py) to every stack that has it.
PARAMETER = "DeployedAt"


def deployed_at(construct: IConstruct) -> str:
    """Give the time of the stack's deployment, for a text of a resource.

    CloudFormation resolves a weak reference (`Fn::GetStackOutput`) only when it updates the
    resource that holds it, and the CDK skips a stack whose template is the same. So every resource
    with a weak reference names this time too: else it would keep the names of a stack that was
    deleted and deployed again.

    Args:
        construct: The resource, or whatever it is in.
    """
    stack = Stack.of(construct)
    if stack.node.try_find_child(PARAMETER) is None:
        CfnParameter(
            stack,
            PARAMETER,
            default="unknown",
            description="When the stack was deployed: its weak references are resolved anew.",
        )
    return Fn.ref(PARAMETER)
