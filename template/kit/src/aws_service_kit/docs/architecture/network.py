"""Find the functions and endpoints of a network."""

from __future__ import annotations

from collections.abc import Iterator

from aws_service_kit.docs.architecture.assembly import Assembly, Resource

VPC = "AWS::EC2::VPC"


def functions_in(assembly: Assembly, vpc: Resource) -> list[Resource]:
    """Return the functions in a network's subnets."""
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
    """Yield the service and the type of each endpoint of a network."""
    for endpoint in assembly.resources("AWS::EC2::VPCEndpoint"):
        if vpc in assembly.named_by(endpoint.get("VpcId")):
            service = assembly.text(endpoint.get("ServiceName")).rpartition(".")[2]
            yield service, assembly.text(endpoint.get("VpcEndpointType")) or "Gateway"
