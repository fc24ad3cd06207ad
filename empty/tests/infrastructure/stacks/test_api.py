"""The api stack of every environment."""

import pytest
from aws_service_kit.config import ENVIRONMENT_NAMES, EnvironmentName, ServiceConfig
from aws_service_kit.testing.synthesis import Synthesized

# The routes that anyone may call.
PUBLIC = {"health"}


@pytest.fixture(params=ENVIRONMENT_NAMES)
def environment(request: pytest.FixtureRequest) -> EnvironmentName:
    name: EnvironmentName = request.param
    return name


def test_only_the_listed_routes_are_public(either_authentication: Synthesized) -> None:
    paths = {
        (resource.stack, resource.logical_id): resource.properties["PathPart"]
        for resource in either_authentication.resources("AWS::ApiGateway::Resource")
    }
    public = {
        paths[method.stack, method.properties["ResourceId"]["Ref"]]
        for method in either_authentication.resources("AWS::ApiGateway::Method")
        if method.properties["AuthorizationType"] == "NONE"
        and method.properties["HttpMethod"] != "OPTIONS"
    }
    assert public == PUBLIC


@pytest.mark.parametrize("resource_type", ["AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation"])
def test_the_configuration_decides_on_the_firewall(
    resource_type: str,
    synthesized: Synthesized,
    environment: EnvironmentName,
    config: ServiceConfig,
) -> None:
    firewalls = synthesized.resources(resource_type, environment=environment)
    assert bool(firewalls) is config.environments[environment].waf
