"""AWS services that may act through a role of this account."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct


def own_account(service: str, scope: IConstruct) -> iam.ServicePrincipal:
    """Give a service that may assume a role only when it works for this account.

    Without the condition another account could have the service use the role for it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html

    Args:
        service: The service's principal, such as `events.amazonaws.com`.
        scope: Any construct of the role's stack.
    """
    return iam.ServicePrincipal(
        service, conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}}
    )
