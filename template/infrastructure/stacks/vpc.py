"""The network that the functions are in."""

from aws_cdk import Stack, Stage

from infrastructure.components.stack import ServiceStack
from infrastructure.components.vpc import Vpc
from infrastructure.service import Service

OFFERS = ("vpc",)
USES = ()


def build(stage: Stage, service: Service) -> Stack:
    """Make private subnets; endpoints follow from what functions are allowed."""
    stack = ServiceStack(stage, "vpc", service=service, description="Network of the functions")
    service.vpc = Vpc(stack, "Network", service=service, cidr="10.0.0.0/20")
    return stack
