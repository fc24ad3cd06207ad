"""The network of the functions."""

from aws_cdk import Stage
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.stack import BuildOrder, ServiceStack
from aws_service_kit.constructs.vpc import Vpc


class VpcStack(ServiceStack):
    """Private subnets. The permissions of the functions determine the endpoints."""

    order = BuildOrder.FIRST
    network: Vpc

    def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
        super().__init__(
            stage, "vpc", environment=environment, description="Network of the functions"
        )
        self.network = Vpc(self, "Network", cidr="10.0.0.0/20")
