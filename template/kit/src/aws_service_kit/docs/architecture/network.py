"""What is in a network, and what leads out of it."""

from __future__ import annotations

from collections.abc import Iterator

from aws_service_kit.docs.architecture.assembly import Assembly, Resource

VPC = "AWS::EC2::VPC"


def functions_in(assembly: Assembly, vpc: Resource) -> list[Resource]:
    """Give the functions whose subnets are a network's."""
    subnets = {
        subnet
        for subnet in assembly.resources("AWS::EC2::Subnet")
        if vpc in assembly.named_by(subnet.get("VpcId"))
    }
    return [
        function
        for function in assembly.resources("AWS::Lambda::Function")
        if subnets & set(assembly.named_by(function.get("VpcConfig", "SubnetIds")))
    ]


def endpoints_of(assembly: Assembly, vpc: Resource) -> Iterator[tuple[str, str]]:
    """Yield the name of each service that a network's endpoints reach, and the endpoint's type."""
    for endpoint in assembly.resources("AWS::EC2::VPCEndpoint"):
        if vpc in assembly.named_by(endpoint.get("VpcId")):
            service = assembly.text(endpoint.get("ServiceName")).rpartition(".")[2]
            yield service, assembly.text(endpoint.get("VpcEndpointType")) or "Gateway"
