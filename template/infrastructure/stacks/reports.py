"""Where reports are kept."""

from aws_cdk import Duration, Stack, Stage

from infrastructure.components.bucket import Bucket
from infrastructure.components.stack import ServiceStack
from infrastructure.service import Service

OFFERS = ("reports",)
USES = ()


def build(stage: Stage, service: Service) -> Stack:
    """Make the bucket for reports."""
    stack = ServiceStack(stage, "reports", service=service, description="Reports")
    service.reports = Bucket(stack, "Reports", service=service, expire_after=Duration.days(365))
    return stack
