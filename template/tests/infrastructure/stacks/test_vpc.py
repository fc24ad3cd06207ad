"""The vpc stack of every environment."""

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


def own(synthesized: Synthesized, kind: str | None = None) -> list[Resource]:
    return [found for found in synthesized.resources(kind) if found.stack.endswith("-vpc")]


def test_the_network_keeps_its_ids(synthesized: Synthesized) -> None:
    """Other stacks hold on to what CloudFormation would replace under another logical id."""
    kinds = {"AWS::EC2::VPC", "AWS::EC2::Subnet"}
    found = {network.logical_id for network in own(synthesized) if network.kind in kinds}
    assert found == {"Network", "NetworkSubnet1", "NetworkSubnet2"}


def test_nothing_leads_out_of_the_network(synthesized: Synthesized) -> None:
    assert [found.name for found in own(synthesized) if found.kind in WAYS_OUT] == []


def test_tables_and_buckets_are_reached_free_of_charge(synthesized: Synthesized) -> None:
    for environment in synthesized.environments:
        gateways = {
            found.properties["ServiceName"].rpartition(".")[2]
            for found in own(synthesized, "AWS::EC2::VPCEndpoint")
            if found.environment == environment and found.properties["VpcEndpointType"] == "Gateway"
        }
        assert gateways == {"dynamodb", "s3"}
