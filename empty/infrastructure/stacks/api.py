"""The HTTP API."""

from aws_cdk import Duration, Stage
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.stack import ServiceStack

from service.handlers.contract import HealthView


class ApiStack(ServiceStack):
    """The API and the functions behind its routes."""

    api: RestApi

    def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
        super().__init__(stage, "api", environment=environment, description="API")
        self.api = RestApi(self, "Api")
        add_health(self, self.api)


def add_health(stack: ServiceStack, api: RestApi) -> None:
    """Add the public route that returns that the API is up."""
    function = Function(
        stack,
        "Health",
        handler="service.handlers.health.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    api.add_route("GET /health", function, public=True, responses={200: HealthView})
