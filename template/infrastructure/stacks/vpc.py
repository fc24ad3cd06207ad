"""The network that the functions are in."""

from aws_cdk import Stack, Stage
from aws_service_kit.constructs.service import Service
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.vpc import Vpc

OFFERS = ("vpc",)
USES = ()


def build(stage: Stage, service: Service) -> Stack:
    """Make private subnets; endpoints follow from what functions are allowed."""
    stack = ServiceStack(stage, "vpc", service=service, description="Network of the functions")
    service.vpc = Vpc(stack, "Network", service=service, cidr="10.0.0.0/20")
    return stack
