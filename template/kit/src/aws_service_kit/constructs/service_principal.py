"""AWS services that may act through a role of this account."""

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from aws_service_kit.runtime.former_names import names_renamed


def service_principal(service: str, scope: IConstruct) -> iam.ServicePrincipal:
    """Return the principal of an AWS service that may assume a role for this account only.

    Without the condition, another account could have the service use the role (confused deputy).
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html

    Args:
        service: The service's principal, such as `events.amazonaws.com`.
        scope: Any construct of the role's stack.
    """
    return iam.ServicePrincipal(
        service, conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}}
    )


if TYPE_CHECKING:
    own_account = service_principal
else:
    __getattr__ = names_renamed(__name__, own_account="service_principal")
