"""The vpc stack of every environment."""

import pytest
from aws_service_kit.config import ENVIRONMENT_NAMES, EnvironmentName, ServiceConfig
from aws_service_kit.testing.synthesis import Resource, Synthesized

WAYS_OUT = {
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
}


@pytest.fixture(params=ENVIRONMENT_NAMES)
def environment(request: pytest.FixtureRequest) -> EnvironmentName:
    name: EnvironmentName = request.param
    return name


def stack_resources(synthesized: Synthesized, environment: EnvironmentName) -> list[Resource]:
    resources = synthesized.resources(environment=environment)
    return [found for found in resources if found.stack.endswith("-vpc")]


def test_the_network_keeps_its_ids(
    synthesized: Synthesized, environment: EnvironmentName, config: ServiceConfig
) -> None:
    """CloudFormation would replace them under other ids, and other stacks import them."""
    resource_types = {"AWS::EC2::VPC", "AWS::EC2::Subnet"}
    found = {
        each.logical_id
        for each in stack_resources(synthesized, environment)
        if each.kind in resource_types
    }
    is_new = config.environments[environment].vpc is None
    assert found == ({"Network", "NetworkSubnet1", "NetworkSubnet2"} if is_new else set())


def test_the_network_has_no_way_out(synthesized: Synthesized, environment: EnvironmentName) -> None:
    found = stack_resources(synthesized, environment)
    assert [each.name for each in found if each.kind in WAYS_OUT] == []


def test_tables_and_buckets_have_endpoints_free_of_charge(
    synthesized: Synthesized, environment: EnvironmentName, config: ServiceConfig
) -> None:
    gateways = {
        each.properties["ServiceName"].rpartition(".")[2]
        for each in stack_resources(synthesized, environment)
        if each.kind == "AWS::EC2::VPCEndpoint" and each.properties["VpcEndpointType"] == "Gateway"
    }
    is_new = config.environments[environment].vpc is None
    assert gateways == ({"dynamodb", "s3"} if is_new else set())
