"""The time of a stack's deployment: a parameter that updates each resource that contains it."""

from aws_cdk import CfnParameter, Fn, Stack
from constructs import IConstruct

# The task `deploy` passes it to every stack that has it
# (kit/src/aws_service_kit/app/deployment.py).
PARAMETER = "DeployedAt"


def deployed_at(construct: IConstruct) -> str:
    """Return the time of the stack's deployment, for a text property of a resource.

    CloudFormation resolves a weak reference (`Fn::GetStackOutput`) only when it updates the
    resource that has it, and the CDK skips a stack whose template is the same. So every resource
    with a weak reference contains this time, too. Otherwise, after another stack is deleted and
    deployed again, the resource would keep the names of the deleted resources.

    Args:
        construct: The resource, or a construct of its stack.
    """
    stack = Stack.of(construct)
    if stack.node.try_find_child(PARAMETER) is None:
        CfnParameter(
            stack,
            PARAMETER,
            default="unknown",
            description="Time of the deployment, so that weak references are resolved again.",
        )
    return Fn.ref(PARAMETER)
