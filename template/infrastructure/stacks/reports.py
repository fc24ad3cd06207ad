"""Where reports are kept."""

from aws_cdk import Duration, Stack, Stage
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.service import Service
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ("reports",)
USES = ()


def build(stage: Stage, service: Service) -> Stack:
    """Make the bucket for reports."""
    stack = ServiceStack(stage, "reports", service=service, description="Reports")
    service.reports = Bucket(stack, "Reports", service=service, expire_after=Duration.days(365))
    return stack
